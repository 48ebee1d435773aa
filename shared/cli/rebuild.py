"""`icc rebuild`: every fact derived again by its author, from its own rows."""

import time

import typer
from rich.console import Console

from shared.addresses import AUTHORS, FIRST_PORT
from shared.cli.calls import body_of, call, client, refusal
from shared.cli.minting import local_token, own_key_explained
from shared.cli.options import Data, Port, Token, service_url
from shared.local import LocalError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 3600


@app.command()
def rebuild(port: Port = FIRST_PORT, token: Token = None, data: Data = None) -> None:
    """Ask both authors to derive their facts again, and wait until they have."""
    bearer = token or local_token("operator", data=data)
    console = Console()
    for service in AUTHORS:
        with own_key_explained(token=token, data=data):
            _rebuild(service, service_url(service, url=None, port=port), bearer)
        console.print(f"{service}: rebuilt")


def _rebuild(service: str, base_url: str, token: str) -> None:
    """Starts the work at one author and follows it to its end. Raises LocalError when it was set aside."""
    with client(base_url, token=token) as connection:
        # Asked again after a broken connection, a second rebuild only does the same once more.
        answer = call(lambda: connection.post("/v1/operations/facts/rebuild"))
        if answer.is_error:
            raise refusal(answer)
        place = f"/v1/operations/work/{body_of(answer)['id']}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            row = body_of(call(lambda: connection.get(place)))
            if row.get("state") == "done":
                return
            if row.get("state") == "failed":
                raise LocalError(f"{service}: the rebuild was set aside: {row.get('error')}")
            time.sleep(POLL_SECONDS)
        raise LocalError(f"{service}: the rebuild is still running after an hour; see ./icc status.")
