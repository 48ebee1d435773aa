"""What a backup and a restore refuse, before anything is touched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.addresses import SERVICES
from shared.crypto.opening import find_keys
from shared.local import LocalError
from shared.local.backup import back_up, copy_private, opened_keys
from shared.local.directory import DataDirectory, opened
from shared.local.dumps import without_password
from shared.local.manifest import DUMPS, Manifest, digests_in, dump_of, write_manifest
from shared.local.restore import restore
from shared.local.stack import StackOptions
from shared.settings import PlatformSettings, read_settings


def options(data: Path) -> StackOptions:
    return StackOptions(DataDirectory(data), 8001, 1, {})


def a_backup(folder: Path, keys_of: Path, *, revision: str = "0001") -> Path:
    """A backup with dumps of nothing, signed by the keys of a data directory, which are made for it."""
    settings = read_settings(PlatformSettings, data_dir=keys_of, environment="test")
    find_keys(settings, may_create=True)
    (folder / DUMPS).mkdir(parents=True)
    for service in SERVICES:
        dump_of(folder, service).write_bytes(service.encode())
    manifest = Manifest(
        taken_at=datetime(2026, 6, 12, 9, 30, tzinfo=UTC),
        server="18.1",
        revisions=dict.fromkeys(SERVICES, revision),
        files=digests_in(folder),
    )
    write_manifest(folder, manifest.signed(opened_keys(settings)))
    return folder


def refused(data: Path, backup: Path, *, keys: Path | None = None) -> str:
    with pytest.raises(LocalError) as refusal:
        restore(options(data), backup, keys, print)
    assert not (data / "postgres").exists()
    return str(refusal.value)


@pytest.mark.parametrize("folder", ["backup", "keys"])
def test_a_backup_overwrites_nothing(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "mine").touch()
    with pytest.raises(LocalError, match="nothing is overwritten"):
        back_up(options(tmp_path / "data"), tmp_path / "backup", tmp_path / "keys", print)
    assert [path.name for path in (tmp_path / folder).iterdir()] == ["mine"]


def test_a_data_directory_without_keys_is_not_backed_up_and_gets_none(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no keys"):
        back_up(options(tmp_path / "data"), tmp_path / "backup", None, print)
    assert [*tmp_path.iterdir()] == []


def test_a_backup_that_was_broken_off_is_not_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old")
    (backup / "manifest.json").unlink()
    assert "broken off" in refused(tmp_path / "new", backup)


def test_a_dump_that_was_changed_is_not_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old")
    dump_of(backup, "outcomes").write_bytes(b"another")
    assert "is not as the backup wrote it" in refused(tmp_path / "new", backup)
    dump_of(backup, "outcomes").unlink()
    assert "is missing" in refused(tmp_path / "new", backup)


def test_a_backup_of_a_newer_release_is_not_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old", revision="9999")
    assert "newer release" in refused(tmp_path / "new", backup)


def test_without_the_keys_that_signed_it_a_backup_is_not_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old")
    assert "there are no keys" in refused(tmp_path / "new", backup)
    find_keys(read_settings(PlatformSettings, data_dir=tmp_path / "new"), may_create=True)
    assert "did not sign this backup" in refused(tmp_path / "new", backup)
    assert "no key is overwritten" in refused(tmp_path / "new", backup, keys=tmp_path / "old" / "keys")


def test_a_folder_that_holds_no_keys_is_told(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old")
    assert "there is no keyring.json" in refused(tmp_path / "new", backup, keys=tmp_path / "old")


def test_where_databases_are_nothing_is_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path / "backup", tmp_path / "old")
    data = tmp_path / "new"
    with opened(DataDirectory(data)):
        (data / "postgres").mkdir()
    with pytest.raises(LocalError, match="nothing is overwritten") as refusal:
        restore(options(data), backup, tmp_path / "old" / "keys", print)
    assert refusal.value.exit_code == 2
    assert (data / "postgres").exists()


def test_what_is_copied_is_ours_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    copy_private(tmp_path / "secret", tmp_path / "a" / "b" / "secret")
    modes = [oct((tmp_path / place).stat().st_mode & 0o777) for place in ("a", "a/b", "a/b/secret")]
    assert modes == ["0o700", "0o700", "0o600"]


@pytest.mark.parametrize(
    ("url", "place", "password"),
    [
        ("postgresql://icc:a%40b%2F@h:5/x?sslmode=require", "postgresql://icc@h:5/x?sslmode=require", "a@b/"),
        ("postgres://icc@h/x", "postgresql://icc@h/x", ""),
        ("postgresql://h/x", "postgresql://h/x", ""),
    ],
)
def test_no_password_stands_on_a_command_line(url: str, place: str, password: str) -> None:
    assert without_password(url) == (place, password)
