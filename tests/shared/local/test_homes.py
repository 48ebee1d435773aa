"""What root makes for the accounts of services, and what it is not led to by them."""

import os
import sys
from pathlib import Path

import pytest

from shared.auth.sisters import make_service_keys
from shared.local.accounts import lodging, service_accounts
from shared.local.directory import DataDirectory
from shared.local.homes import _folder, furnish
from shared.settings import PlatformSettings

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may give accounts"
)


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    (tmp_path / "data").mkdir()
    make_service_keys(tmp_path / "data")
    furnished(DataDirectory(tmp_path / "data"))
    return DataDirectory(tmp_path / "data")


def furnished(directory: DataDirectory) -> None:
    furnish(directory, PlatformSettings(environment="test", data_dir=directory.path))


def test_anchors_that_root_wrote_are_handed_to_their_service_and_nothing_they_lead_to(
    directory: DataDirectory, tmp_path: Path
) -> None:
    anchors, secret = directory.path / "audit-anchors", tmp_path / "secret"
    secret.write_text("root's")
    (anchors / "referrals" / "1.jsonl").write_text("{}")
    (anchors / "referrals" / "2.jsonl").symlink_to(secret)
    (anchors / "referrals" / "3.jsonl").hardlink_to(secret)
    furnished(directory)
    uid = service_accounts()["referrals"].uid
    assert (anchors / "referrals" / "1.jsonl").stat().st_uid == uid
    assert secret.stat().st_uid == 0


def test_a_way_that_was_put_in_the_place_of_a_folder_is_not_gone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "postcodes").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="postcodes"):
        _folder(tmp_path / "postcodes", owner=61_001, group=61_001, mode=0o700)
    assert (tmp_path / "elsewhere").stat().st_uid == 0


def test_relative_files_of_settings_are_those_that_they_were(directory: DataDirectory) -> None:
    given = {"ICC_JWKS": "https://id.example/jwks", "ICC_POSTCODE_FILE": "nspl.csv", "ICC_MEASURES_FILE": ""}
    lodged = lodging(directory, "referrals", given)
    assert lodged is not None
    assert Path(lodged.environment["ICC_POSTCODE_FILE"]).is_absolute()
    assert not {"ICC_JWKS", "ICC_MEASURES_FILE"} & set(lodged.environment)


def test_whoever_is_not_root_gives_no_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {account.uid for account in service_accounts().values()} == {61_001, 61_002, 61_003}
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert service_accounts() == {}
