"""The launcher: what it makes, when it makes it again, and what it says when it cannot."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def launcher() -> ModuleType:
    loader = SourceFileLoader("icc_launcher", str(ROOT / "icc"))
    spec = importlib.util.spec_from_loader("icc_launcher", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with locks, a command line that says what it was given, and an installer that notes each of its runs."""
    (tmp_path / "shared" / "cli").mkdir(parents=True)
    (tmp_path / "shared" / "cli" / "__init__.py").touch()
    (tmp_path / "shared" / "cli" / "__main__.py").write_text(
        "import os, sys; print(os.getpid(), sys.argv[1:])"
    )
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / "icc").write_bytes((ROOT / "icc").read_bytes())
    digest = loaded_digest(tmp_path / "requirements-uv.lock")
    installer = tmp_path / ".tools" / f"uv-{digest}" / "bin" / "uv"
    installer.parent.mkdir(parents=True)
    installer.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/installed\nmkdir -p {tmp_path}/.venv/bin\n'
        f"ln -sf {sys.executable} {tmp_path}/.venv/bin/python\n"
    )
    installer.chmod(0o755)
    return tmp_path


def loaded_digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:12]


def start(clone: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(clone / "icc"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")


def run(clone: Path, *arguments: str) -> str:
    process = start(clone, *arguments)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    return said


def installations(clone: Path) -> list[str]:
    """The locks that were installed, in order."""
    lines = (clone / "installed").read_text().splitlines()
    return [Path(line.split()[-1]).name for line in lines if line.startswith("pip sync")]


def test_the_first_call_installs_and_hands_over_in_the_same_process(clone: Path) -> None:
    process = start(clone, "up", "--port", "9001")
    said, _ = process.communicate(timeout=60)
    assert said.strip() == f"{process.pid} ['up', '--port', '9001']"
    assert installations(clone) == ["requirements.lock"]


def test_the_second_call_installs_nothing(clone: Path) -> None:
    run(clone, "up")
    run(clone, "token")
    assert installations(clone) == ["requirements.lock"]


def test_after_the_tests_the_other_commands_take_nothing_away(clone: Path) -> None:
    run(clone, "up")
    run(clone, "test")
    run(clone, "up")
    run(clone, "check")
    assert installations(clone) == ["requirements.lock", "requirements-dev.lock"]


def test_a_changed_lock_is_installed_in_the_kind_that_was_there(clone: Path) -> None:
    run(clone, "test")
    (clone / "requirements.lock").write_text("another version\n")
    run(clone, "up")
    assert installations(clone) == ["requirements-dev.lock", "requirements-dev.lock"]


def test_two_that_start_at_once_install_once(clone: Path) -> None:
    both = [start(clone, "up"), start(clone, "token")]
    for process in both:
        process.communicate(timeout=60)
    assert [process.returncode for process in both] == [0, 0]
    assert installations(clone) == ["requirements.lock"]


def test_an_environment_whose_interpreter_is_gone_is_made_again(clone: Path) -> None:
    run(clone, "up")
    (clone / ".venv" / "bin" / "python").unlink()
    run(clone, "up")
    assert installations(clone) == ["requirements.lock", "requirements.lock"]


def test_an_interrupted_installation_leaves_no_stamp(clone: Path, launcher: ModuleType) -> None:
    run(clone, "up")
    locks = {"base": clone / "requirements.lock", "dev": clone / "requirements-dev.lock"}
    environment = launcher.Environment(clone, locks)
    environment.stamp.write_text("{")
    assert environment.stamped() == {}
    assert not environment.satisfies("base")


def test_the_stamp_names_what_each_lock_was(clone: Path) -> None:
    run(clone, "test")
    stamp = json.loads((clone / ".venv" / "icc-stamp.json").read_text())
    assert stamp["base"].startswith(loaded_digest(clone / "requirements.lock"))
    assert stamp["dev"].startswith(loaded_digest(clone / "requirements-dev.lock"))


def test_a_mirror_set_for_pip_is_told_to_uv(launcher: ModuleType) -> None:
    variables = launcher.uv_variables({"PIP_INDEX_URL": "https://mirror.example/simple"})
    assert variables["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


def test_an_index_set_for_uv_wins(launcher: ModuleType) -> None:
    given = {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "UV_DEFAULT_INDEX": "https://other.example/simple",
    }
    assert launcher.uv_variables(given)["UV_DEFAULT_INDEX"] == "https://other.example/simple"


def test_neither_pip_nor_venv_is_one_sentence_that_says_what_to_install(launcher: ModuleType) -> None:
    problems = [
        "python3: No module named pip",
        "The virtual environment was not created: ensurepip is not available",
    ]
    assert "neither pip nor venv" in launcher.explain(problems)
    assert "apt install" in launcher.explain(problems)


@pytest.mark.parametrize(
    ("complaint", "mend"),
    [
        (
            (
                "WARNING: Retrying after connection broken by 'NewConnectionError('Connection refused')': /uv/\n"
                "ERROR: No matching distribution found for uv==0.9.0"
            ),
            "connect this machine to the network, or name a mirror in PIP_INDEX_URL",
        ),
        (
            "error: Failed to fetch: `https://index.example/simple/anyio/`\n  Caused by: error sending request for url",
            "connect this machine to the network, or name a mirror in PIP_INDEX_URL",
        ),
        (
            (
                "WARNING: connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"
                "'))'\nERROR: No matching distribution found for uv==0.9.0"
            ),
            "in PIP_CERT",
        ),
        ("a long story\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "THESE PACKAGES DO NOT MATCH"),
    ],
)
def test_what_keeps_packages_away_is_one_line_that_says_what_to_do(
    launcher: ModuleType, complaint: str, mend: str
) -> None:
    said = launcher.explain(["an earlier story", complaint])
    assert mend in said
    assert "\n" not in said


def test_an_old_python_says_what_is_needed(clone: Path) -> None:
    pretend = (
        "import sys, runpy; sys.version_info = (3, 8, 1); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    process = subprocess.run(
        [sys.executable, "-c", pretend, str(clone / "icc")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nowhere"},
    )
    assert process.returncode == 1
    assert process.stderr == "icc needs Python 3.11 or newer and this is 3.8: install one and run it again.\n"


def test_the_locks_name_no_host() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert len(locks) == 3
    assert [lock.name for lock in locks if "://" in lock.read_text()] == []


def test_the_dev_lock_holds_every_version_of_the_base_lock() -> None:
    def pins(name: str) -> set[str]:
        return {line.split()[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
