"""Versions of a resource. Actions are given them, so nothing here knows a web framework."""

from dataclasses import dataclass

from shared.problems import PreconditionFailed


@dataclass(frozen=True, slots=True)
class ExpectedVersion:
    """The version(s) a change was made on. `first`: `*`, which here means "there is none yet"."""

    versions: frozenset[int]
    first: bool = False

    def check(self, version: int | None) -> None:
        """Compare with the resource as it is, inside the transaction that changes it. None: it does not exist yet.

        PreconditionFailed when they differ. `*` never matches something that exists: it would overwrite unseen changes.
        """
        if (version is None and self.first) or version in self.versions:
            return
        raise PreconditionFailed("The resource is not at the version you name; read it again.")


def etag(version: int) -> str:
    """The weak entity tag of a version."""
    return f'W/"{version}"'
