"""Where keys come from, who may read them, and that they are made once."""

import base64
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from shared.crypto import KeyNotGrantedError, KeyringError, Purpose, open_keyring
from shared.crypto.__main__ import main
from shared.crypto.document import KeyringDocument, unwrap
from shared.crypto.opening import find_keys
from tests.shared.crypto.conftest import KeySettings

PLACE: dict[str, Any] = {
    "table": "referral",
    "column": "family",
    "row": UUID("0198c0de-0000-7000-8000-000000000001"),
}
OPEN_AND_PRINT = """
import sys
from pathlib import Path
from shared.crypto import open_keyring
from shared.crypto.__main__ import OperatorSettings
settings = OperatorSettings(data_dir=Path(sys.argv[1]), master_key=None, environment="local")
print(open_keyring(settings, service="referrals").pseudonym("9990000018"))
"""


def a_master_key() -> SecretStr:
    return SecretStr(base64.b64encode(os.urandom(32)).decode())


def key_files(settings: KeySettings) -> list[Path]:
    return sorted((settings.data_dir / "keys").glob("[!.]*"))


def test_the_first_start_makes_keys_that_only_their_owner_can_read(key_settings: KeySettings) -> None:
    open_keyring(key_settings, service="referrals")
    assert [path.name for path in key_files(key_settings)] == ["keyring.json", "master.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in key_files(key_settings)} == {0o600}
    assert stat.S_IMODE((key_settings.data_dir / "keys").stat().st_mode) == 0o700


def test_no_key_lies_in_the_keyring_file_in_clear(key_settings: KeySettings) -> None:
    document, master = find_keys(key_settings)
    stored = (key_settings.data_dir / "keys" / "keyring.json").read_text()
    keys = unwrap(document, master, purposes=list(Purpose)).keys
    for secret in [master, *(key.secret for key in keys)]:
        assert base64.b64encode(secret).decode() not in stored
        assert secret.hex() not in stored
    assert len(document.keys) == 5


def test_the_next_start_reads_the_same_keys(key_settings: KeySettings) -> None:
    blob = open_keyring(key_settings, service="referrals").encrypt("Archer", **PLACE)
    assert open_keyring(key_settings, service="referrals").decrypt(blob, **PLACE) == "Archer"


def test_processes_that_start_at_once_end_with_one_keyring(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_AND_PRINT, tmp_path / "data"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert {process.returncode for process in processes} == {0}
    assert len(set(printed)) == 1


@pytest.mark.parametrize("name", ["keyring.json", "master.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused(key_settings: KeySettings, name: str, mode: int) -> None:
    open_keyring(key_settings, service="referrals")
    path = key_settings.data_dir / "keys" / name
    path.chmod(mode)
    with pytest.raises(KeyringError, match=rf"{name} has mode {mode:04o}"):
        open_keyring(key_settings, service="referrals")


def test_a_key_directory_that_others_may_write_is_refused(key_settings: KeySettings) -> None:
    directory = key_settings.data_dir / "keys"
    directory.mkdir(parents=True)
    directory.chmod(0o777)
    with pytest.raises(KeyringError, match="written by others"):
        open_keyring(key_settings, service="referrals")


def test_production_makes_no_keys_by_itself(key_settings: KeySettings) -> None:
    production = replace(key_settings, environment="production")
    with pytest.raises(KeyringError, match="there are no keys"):
        open_keyring(production, service="referrals")
    assert not key_settings.data_dir.exists()
    assert main(["create", "--data", str(key_settings.data_dir)], {}) == 0
    assert open_keyring(production, service="referrals").pseudonym("9990000018")


def test_another_master_key_is_refused_without_being_shown(key_settings: KeySettings) -> None:
    open_keyring(key_settings, service="referrals")
    wrong = a_master_key()
    with pytest.raises(KeyringError, match="master key does not open") as refused:
        open_keyring(replace(key_settings, master_key=wrong), service="referrals")
    assert wrong.get_secret_value() not in str(refused.value)


def test_a_master_key_from_settings_is_never_written_down(key_settings: KeySettings) -> None:
    given = replace(key_settings, master_key=a_master_key())
    open_keyring(given, service="referrals")
    assert [path.name for path in key_files(given)] == ["keyring.json"]
    with pytest.raises(KeyringError, match="its master key is not"):
        open_keyring(key_settings, service="referrals")


@pytest.mark.parametrize("text", ["", "not base64!", "c2hvcnQ=", base64.b64encode(bytes(33)).decode()])
def test_a_master_key_that_is_not_32_bytes_is_refused_without_being_shown(
    key_settings: KeySettings, text: str
) -> None:
    given = KeySettings(key_settings.data_dir, master_key=SecretStr(text or " "))
    with pytest.raises(KeyringError, match="32 bytes in base64") as refused:
        open_keyring(given, service="referrals")
    assert not text or text not in str(refused.value)


def test_a_lost_keyring_is_not_replaced_by_a_new_one(key_settings: KeySettings) -> None:
    open_keyring(key_settings, service="referrals")
    (key_settings.data_dir / "keys" / "keyring.json").unlink()
    with pytest.raises(KeyringError, match="restore it"):
        open_keyring(key_settings, service="referrals")


def test_keys_passed_off_as_each_other_are_refused(key_settings: KeySettings) -> None:
    document, _ = find_keys(key_settings)
    path = key_settings.data_dir / "keys" / "keyring.json"
    one, two = document.keys[0], document.keys[1]
    swapped = (
        one.model_copy(update={"wrapped": two.wrapped}),
        two.model_copy(update={"wrapped": one.wrapped}),
    )
    path.write_text(document.model_copy(update={"keys": (*swapped, *document.keys[2:])}).model_dump_json())
    with pytest.raises(KeyringError, match="does not open key"):
        open_keyring(key_settings, service="referrals")


def test_a_keyring_from_settings_needs_no_files_and_only_opens_with_its_master_key(
    key_settings: KeySettings,
) -> None:
    master = a_master_key()
    made, _ = find_keys(replace(key_settings, master_key=master))
    nowhere = key_settings.data_dir / "nowhere"
    given = KeySettings(nowhere, "production", master, SecretStr(made.model_dump_json()))
    expected = open_keyring(replace(key_settings, master_key=master), service="outcomes").pseudonym(
        "9990000018"
    )
    assert open_keyring(given, service="outcomes").pseudonym("9990000018") == expected
    assert not nowhere.exists()
    with pytest.raises(KeyringError, match="without the ICC_MASTER_KEY"):
        open_keyring(replace(given, master_key=None), service="outcomes")


def test_trajectories_can_make_neither_pseudonyms_nor_blind_indexes(key_settings: KeySettings) -> None:
    keyring = open_keyring(key_settings, service="trajectories")
    with pytest.raises(KeyNotGrantedError):
        keyring.pseudonym("9990000018")
    with pytest.raises(KeyNotGrantedError):
        keyring.blind_index("nhs-number", "9990000018")


def test_an_exported_keyring_holds_only_what_its_service_may_hold(
    key_settings: KeySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"ICC_MASTER_KEY": a_master_key().get_secret_value()}
    data = str(key_settings.data_dir)
    assert main(["create", "--data", data], environ) == 0
    capsys.readouterr()
    assert main(["export", "--data", data, "--service", "trajectories"], environ) == 0
    exported = KeyringDocument.model_validate_json(capsys.readouterr().out)
    assert sorted(key.purpose for key in exported.keys) == ["audit", "data", "signing"]


def test_a_rotation_reaches_a_running_process_when_it_meets_the_new_key(key_settings: KeySettings) -> None:
    running = open_keyring(key_settings, service="referrals")
    old = running.encrypt("old", **PLACE)
    assert main(["rotate", "--data", str(key_settings.data_dir)], {}) == 0
    started_later = open_keyring(key_settings, service="referrals")
    new = started_later.encrypt("new", **PLACE)
    assert old[1:5] != new[1:5]
    assert [running.decrypt(new, **PLACE), started_later.decrypt(old, **PLACE)] == ["new", "old"]


def test_a_staged_key_decrypts_at_once_and_encrypts_when_promoted(key_settings: KeySettings) -> None:
    data = str(key_settings.data_dir)
    before, _ = find_keys(key_settings)
    assert main(["stage", "--data", data], {}) == 0
    staged, _ = find_keys(key_settings)
    assert (staged.current_data_key, len(staged.keys)) == (before.current_data_key, len(before.keys) + 1)
    assert main(["promote", "--data", data], {}) == 0
    assert find_keys(key_settings)[0].current_data_key == staged.keys[-1].id


def test_commands_on_keys_that_are_not_there_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotate", "--data", str(tmp_path / "none")], {}) == 1
    assert "there are no keys" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
