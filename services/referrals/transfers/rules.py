"""What a transfer must say. Pure."""

from collections.abc import Collection, Iterator

from shared.problems import FieldError


def transfer_faults(named: Collection[str]) -> Iterator[FieldError]:
    """What is wrong with the destinations that a transfer names: it takes exactly one."""
    if not named:
        yield FieldError("body.required", "/icc", "Name `practice`, `icc` or `team`.")
    for name in list(named)[1:]:
        yield FieldError("field.read_only", f"/{name}", "Name one of `practice`, `icc` and `team`.")
