"""What a child of our own processes is started with, and what it cannot become."""

import os
import subprocess
import sys

import pytest

from shared.children import HELD, child_environment, gain_no_privileges, held_folders


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such promise")
def test_a_process_that_gains_no_privileges_says_so_and_hands_it_down() -> None:
    code = (
        "import subprocess; from shared.children import gain_no_privileges; gain_no_privileges();"
        "subprocess.run(['grep', 'NoNewPrivs', '/proc/self/status'])"
    )
    words = [sys.executable, "-c", code]
    said = subprocess.run(words, env=child_environment(), capture_output=True, text=True, check=True)
    assert said.stdout == "NoNewPrivs:\t1\n"
    assert callable(gain_no_privileges)


def test_a_child_gets_the_path_of_its_parent_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICC_MASTER_KEY", "secret")
    assert set(child_environment()) == {"PYTHONPATH", "LANG", "POLARS_MAX_THREADS"}
    assert held_folders() == ()


def test_folders_that_are_held_open_for_a_service_are_handed_to_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = os.open("/", os.O_RDONLY)
    monkeypatch.setenv(HELD, str(held))
    words = [sys.executable, "-c", f"import os; print(os.readlink('/proc/self/fd/{held}'))"]
    said = subprocess.run(
        words, env=child_environment(), pass_fds=held_folders(), capture_output=True, text=True, check=True
    )
    os.close(held)
    assert said.stdout == "/\n"


FORBIDDEN = """
import os, socket, subprocess, sys
from shared.children import shut_off
read, write = os.pipe()
shut_off()
tries = {
    "a socket": lambda: socket.socket(),
    "a program in its place": lambda: os.execv(sys.executable, [sys.executable]),
    "a program beside it": lambda: subprocess.run([sys.executable, "-c", ""]),
}
for name, attempt in tries.items():
    try:
        attempt()
    except PermissionError:
        print(name)
os.write(write, b"what is open stays\\n")
print(os.read(read, 100).decode(), end="")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such filter")
def test_a_process_that_is_shut_off_has_neither_network_nor_programs() -> None:
    words = [sys.executable, "-c", FORBIDDEN]
    said = subprocess.run(words, env=child_environment(), capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        "a socket", "a program in its place", "a program beside it", "what is open stays",
    ]  # fmt: skip
