"""`icc`: finds the command's module and hands over; a failure becomes one sentence and an exit code."""

import difflib
import importlib
import sys
from collections.abc import Sequence

from shared.local import LocalError

# Command → the module of `shared.cli` that has it, and what the list says of it.
COMMANDS = {
    "up": ("system", "the whole system on this machine, until Ctrl-C"),
    "demo": ("demo.command", "push a believable Bay into the running system, as its clients would"),
    "token": ("tokens", "a token of this machine's key, for a role"),
    "push": ("push", "send a council's file and follow it to its end"),
    "template": ("feeds", "write a blank return of a feed to fill in"),
    "submissions": ("feeds", "what was sent of a feed, and what became of it"),
    "completeness": ("feeds", "who sent what of a feed, how late, and what is missing"),
    "publish": ("publications", "figures as they are known now, to all who do not see exact ones"),
    "status": ("operations", "health, work to do and work set aside"),
    "migrate": ("system", "bring the databases to the newest tables"),
    "rebuild": ("operations", "derive every fact again from its author's rows"),
    "backup": ("backup", "everything but the keys into a new folder"),
    "restore": ("backup", "a backup into a place that holds no databases"),
    "openapi": ("development", "print a service's schema"),
    "revoke": ("revoke", "refuse a client or a token in every service"),
    "audit": ("audit", "verify the audit chain"),
    "test": ("development", "all tests, on servers of their own"),
    "check": ("development", "everything that must hold before a commit; changes nothing"),
    "fix": ("development", "what a tool can mend"),
}


def main(arguments: Sequence[str]) -> int:
    """Runs one command; gives the exit code."""
    if not arguments or arguments[0] in {"--help", "-h", "help"}:
        sys.stdout.write(listing())
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        meant = f" Did you mean `icc {near[0]}`?" if near else ""
        sys.stderr.write(f"icc: there is no command {name!r}.{meant}\n\n{listing()}")
        return 2
    module = importlib.import_module(f"shared.cli.{COMMANDS[name][0]}")
    try:
        module.app(args=list(arguments), prog_name="icc")
    except LocalError as failure:
        sys.stderr.write(f"icc: {failure}\n")
        return failure.exit_code
    return 0


def listing() -> str:
    """The commands, one a line."""
    lines = (f"  icc {name:<12} {purpose}\n" for name, (_, purpose) in COMMANDS.items())
    return f"Integrated care communities: referrals, outcomes and trajectories.\n\n{''.join(lines)}\nicc COMMAND --help tells more.\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
