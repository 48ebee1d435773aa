"""`icc test`: all cores for many tests, one process for a few."""

import pytest

from shared.cli.development import ALL_CORES, cores


@pytest.mark.parametrize(
    "arguments", [[], ["-q"], ["-x", "--durations=9"], ["-m", "not journey"], ["--maxfail=1"]]
)
def test_all_tests_run_on_all_cores(arguments: list[str]) -> None:
    assert cores(arguments) == ALL_CORES


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "triage"],
        ["-ktriage"],
        [__file__],
        [f"{__file__}::test_all_tests_run_on_all_cores", "-x"],
        ["--lf"],
        ["--co", "-q"],
        ["--pdb"],
    ],
)
def test_a_selection_runs_in_one_process_which_starts_sooner(arguments: list[str]) -> None:
    assert cores(arguments) == ()


@pytest.mark.parametrize(
    "arguments", [["-n", "8"], ["-n0"], ["--numprocesses=3"], ["-p", "no:xdist"], ["--help"]]
)
def test_whoever_names_a_number_of_processes_gets_it(arguments: list[str]) -> None:
    assert cores(arguments) == ()
