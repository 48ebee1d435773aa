"""The account PostgreSQL runs as: ours, or an unprivileged one when we are root (PostgreSQL refuses uid 0)."""

import os
import pwd
from dataclasses import dataclass

from shared.local.failures import LocalError

CANDIDATES = ("icc", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this system, by name and numbers."""

    name: str
    uid: int
    gid: int


def postgres_account() -> Account | None:
    """The account to switch to for PostgreSQL, None when we are not root and need none.

    Only accounts that exist are taken, none is made: the system stays as it was. initdb looks its user up by name,
    so a bare number would not do.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in CANDIDATES:
        if name in known and known[name].pw_uid != 0:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise LocalError(
        "PostgreSQL will not run as root and there is no account 'icc', 'postgres' or 'nobody' to run it as: "
        "start this as an ordinary user, or set ICC_DATABASE_URL to a server of your own."
    )
