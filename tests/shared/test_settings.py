"""Settings are read once, from the environment, and a wrong one is told in a sentence without its value."""

import importlib
from datetime import timedelta

import pytest

from shared.settings import PlatformSettings, SettingsError, parse_duration, read_settings


def test_without_any_setting_the_local_stack_is_meant() -> None:
    settings = read_settings(PlatformSettings)
    assert settings.database_url_for("outcomes") == "postgresql://postgres@127.0.0.1:8004/icc_outcomes"
    assert settings.redis_address == "redis://127.0.0.1:8005/0"
    assert [settings.port_of(name) for name in ("referrals", "outcomes", "trajectories")] == [
        8001,
        8002,
        8003,
    ]
    assert settings.sister_url("trajectories") == "http://127.0.0.1:8003"


def test_a_server_is_shared_and_one_service_may_have_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_DATABASE_URL", "postgresql://u:p%40ss@db:5432/postgres?sslmode=require")
    monkeypatch.setenv("ICC_REFERRALS_DATABASE_URL", "postgresql://r@elsewhere/referrals")
    monkeypatch.setenv("ICC_OUTCOMES_URL", "https://outcomes.test/")
    settings = read_settings(PlatformSettings)
    assert settings.database_url_for("referrals") == "postgresql://r@elsewhere/referrals"
    assert (
        settings.database_url_for("outcomes") == "postgresql://u:p%40ss@db:5432/icc_outcomes?sslmode=require"
    )
    assert settings.sister_url("outcomes") == "https://outcomes.test"


def test_pages_lead_only_to_where_browsers_find_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(PlatformSettings).pages_url_of("outcomes") == "http://127.0.0.1:8002"
    monkeypatch.setenv("ICC_OUTCOMES_URL", "http://outcomes:8000")
    assert read_settings(PlatformSettings).pages_url_of("outcomes") is None
    monkeypatch.setenv("ICC_OUTCOMES_PAGES_URL", "https://returns.test/")
    assert read_settings(PlatformSettings).pages_url_of("outcomes") == "https://returns.test"


def test_nudges_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_REDIS_URL", "none")
    assert read_settings(PlatformSettings).redis_address is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ICC_PORT", "many"),
        ("ICC_PORT", "70000"),
        ("ICC_DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("ICC_DATABASE_URL", "hunter2"),
        ("ICC_REDIS_URL", "hunter2"),
        ("ICC_REDIS_URL", "http://:hunter2@queue:6379/0"),
        ("ICC_ENVIRONMENT", "hunter2"),
        ("ICC_OIDC_ISSUER", "icc-service"),
        ("ICC_JWKS", "/hunter2/jwks.json"),
        ("ICC_SWEEP_INTERVAL", "often"),
        ("ICC_RATE_LIMIT", "-1"),
        ("ICC_OUTCOMES_PAGES_URL", "javascript:hunter2"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_a_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings(PlatformSettings)
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_DATABASE_URL", "postgresql://u:hunter2@db/postgres")
    monkeypatch.setenv("ICC_MASTER_KEY", "hunter2")
    assert "hunter2" not in repr(read_settings(PlatformSettings))


@pytest.mark.parametrize(
    ("text", "duration"),
    [("90", timedelta(seconds=90)), ("500ms", timedelta(milliseconds=500)), ("1h", timedelta(hours=1))],
)
def test_durations_have_units(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


def test_no_class_of_settings_grows_beyond_what_a_person_can_know() -> None:
    assert len(PlatformSettings.model_fields) < 25


@pytest.mark.parametrize("service", ["referrals", "outcomes", "trajectories"])
def test_a_setting_that_is_empty_is_one_that_is_not_set_in_every_service(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JWKS", "JWKS_PROXY", "SERVICE_KEYS", "REGISTRY_FILE", "METRICS_DIR"):
        monkeypatch.setenv(f"ICC_{name}", "")
    settings = read_settings(importlib.import_module(f"services.{service}.settings").Settings)
    assert (settings.jwks, settings.jwks_proxy, settings.service_keys) == (None, None, None)
    assert (settings.registry_file, settings.metrics.dir) == (None, None)


def test_a_word_for_figures_that_is_soon_guessed_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_METRICS_TOKEN", "secret")
    with pytest.raises(SettingsError, match="ICC_METRICS_TOKEN: must have at least 20") as stopped:
        read_settings(PlatformSettings)
    assert "secret" not in str(stopped.value)
