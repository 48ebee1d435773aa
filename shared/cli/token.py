"""`icc token`: prints a token of this machine's key and nothing else."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from shared.cli.minting import local_token
from shared.cli.options import Data
from shared.local import LocalError
from shared.settings import parse_duration

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def token(
    role: Annotated[
        str, typer.Option("--role", help="practice-system, council-feed, case-manager, analyst, …")
    ],
    org: Annotated[str | None, typer.Option("--org", help="ODS code, council, partner or team.")] = None,
    community: Annotated[
        list[str] | None, typer.Option("--community", metavar="SLUG", help="May be repeated.")
    ] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="How long it lives: 15m, 1h, 1d at most.")] = "1h",
    data: Data = None,
) -> None:
    """Print a token for a role, signed by the key in the data directory. Needs no running system."""
    lifetime = parse_duration(ttl)
    if not isinstance(lifetime, timedelta):
        raise LocalError(f"--ttl {ttl!r} is not a duration like 15m, 1h or 1d.", exit_code=2)
    printed = local_token(
        role, org=org, communities=community or [], ttl=lifetime, data=data, may_make_key=True
    )
    if role == "practice-system" and org is None:
        sys.stderr.write("icc: a practice-system's token needs --org with its ODS code\n")
    sys.stdout.write(f"{printed}\n")
