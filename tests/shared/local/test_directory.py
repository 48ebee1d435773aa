"""The data directory: one stack at a time, nobody else's files, and sentences instead of tracebacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.local import LocalError
from shared.local.directory import (
    ROOT,
    DataDirectory,
    check_space,
    chosen_directory,
    holder,
    kept_metrics_token,
    kept_passwords,
    opened,
)
from shared.settings import SHORTEST_METRICS_TOKEN

HOLD = """
import sys
from pathlib import Path
from shared.local.directory import DataDirectory, opened
with opened(DataDirectory(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


def hold(directory: DataDirectory) -> "subprocess.Popen[str]":
    """Another process that holds the directory until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, str(directory.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_directory_in_use_names_the_process_and_the_way_out(directory: DataDirectory) -> None:
    other = hold(directory)
    try:
        with pytest.raises(LocalError, match=f"in use by process {other.pid}.*--data"), opened(directory):
            pass
        assert holder(directory) == other.pid
    finally:
        other.communicate("")


def test_a_directory_left_in_order_says_so(directory: DataDirectory) -> None:
    with opened(directory) as broken_off:
        assert broken_off is False
    with opened(directory) as broken_off:
        assert broken_off is False
    assert holder(directory) is None


def test_a_directory_of_a_killed_stack_is_taken_over_and_known_as_such(directory: DataDirectory) -> None:
    other = hold(directory)
    other.kill()
    other.communicate()
    with opened(directory) as broken_off:
        assert broken_off is True


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    with pytest.raises(LocalError, match=r"thesis\.odt") as failure, opened(DataDirectory(tmp_path)):
        pass
    assert failure.value.exit_code == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]


def test_keys_made_before_the_first_start_are_no_strangers(directory: DataDirectory) -> None:
    (directory.path / "keys").mkdir(parents=True)
    with opened(directory):
        assert directory.logs.is_dir()


def test_a_later_layout_is_not_touched(directory: DataDirectory) -> None:
    with opened(directory):
        pass
    (directory.path / "layout").write_text("99\n")
    with pytest.raises(LocalError, match="layout '99'"), opened(directory):
        pass


def test_a_file_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with (
        pytest.raises(LocalError, match="is a file: choose another"),
        opened(DataDirectory(tmp_path / "data")),
    ):
        pass


def test_passwords_are_kept_and_read_by_nobody_else(directory: DataDirectory) -> None:
    with opened(directory):
        first, new = kept_passwords(directory, ["one", "two"])
        again, newer = kept_passwords(directory, ["one", "two", "three"])
    assert new == {"one", "two"}
    assert newer == {"three"}
    assert again["one"] == first["one"]
    assert len(set(again.values())) == 3
    assert directory.passwords.stat().st_mode & 0o777 == 0o600
    assert directory.path.stat().st_mode & 0o777 == 0o700


def test_passwords_that_others_may_read_are_refused(directory: DataDirectory) -> None:
    with opened(directory):
        kept_passwords(directory, ["one"])
        directory.passwords.chmod(0o644)
        with pytest.raises(LocalError, match=r"servers.json has mode 0644: make it 0600"):
            kept_passwords(directory, ["one"])


def test_the_option_wins_over_the_setting_and_the_setting_over_the_default(tmp_path: Path) -> None:
    setting = {"ICC_DATA_DIR": str(tmp_path / "set")}
    assert chosen_directory(tmp_path / "given", setting).path == tmp_path / "given"
    assert chosen_directory(None, setting).path == tmp_path / "set"
    assert chosen_directory(None, {}).path == ROOT / ".icc"


def test_a_relative_directory_stays_the_same_for_children_that_stand_elsewhere() -> None:
    assert chosen_directory(Path("here"), {}).path == Path(os.getcwd()) / "here"  # noqa: PTH109 - the meaning of relative


def test_the_word_for_the_figures_is_made_once_and_read_by_nobody_else(directory: DataDirectory) -> None:
    with opened(directory):
        first, second = kept_metrics_token(directory), kept_metrics_token(directory)
    assert first == second
    assert len(first) >= SHORTEST_METRICS_TOKEN
    assert (directory.path / "keys" / "metrics.token").stat().st_mode & 0o777 == 0o600


def test_a_disk_too_full_for_a_new_database_refuses_none_that_ran_on_it(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.postgres.mkdir(parents=True)
    monkeypatch.setattr("shared.local.directory.NEEDED_BYTES", 2**62)
    with pytest.raises(LocalError, match="MB left and the platform needs"):
        check_space(directory)
    (directory.postgres / "PG_VERSION").write_text("18")
    assert "MB left: free some soon" in str(check_space(directory))
    monkeypatch.setattr("shared.local.directory.NEEDED_BYTES", 0)
    assert check_space(directory) is None
