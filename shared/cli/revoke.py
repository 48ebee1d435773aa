"""`icc revoke`: a client or a token is refused from now on, in every service."""

import base64
import json
import sys
from typing import Annotated

import typer

from shared.addresses import SERVICES
from shared.cli.calls import call, client, refusal
from shared.cli.options import Data, Port, commands, first_port, service_url
from shared.cli.tokens import local_token, own_key_explained
from shared.local import LocalError

app = commands()

CREATED = 201
PARTS_OF_A_TOKEN = 3


@app.command()
def revoke(
    client_name: Annotated[
        str | None, typer.Option("--client", metavar="SUB", help="A client, with all its tokens.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="One token: its id (`jti`), or the whole of it.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; it stands in the list.")
    ] = "revoked by an operator",
    bearer: Annotated[
        str | None,
        typer.Option(
            "--as", envvar="ICC_TOKEN", help="An operator's token; without it one of the local key is made."
        ),
    ] = None,
    port: Port = None,
    data: Data = None,
) -> None:
    """Refuse a client or a token in all services, within twenty seconds. Repeating it changes nothing."""
    if (client_name is None) == (token is None):
        raise LocalError("name one: --client or --token.", exit_code=2)
    target = {"client": client_name} if token is None else {"token_id": _id_of(token)}
    left: list[str] = []
    for service in SERVICES:
        address = service_url(service, url=None, port=first_port(port, data))
        try:
            with own_key_explained(token=bearer, data=data):
                said = _revoke(
                    address, {**target, "reason": reason}, bearer or local_token("operator", data=data)
                )
        except LocalError as failure:
            left.append(service)
            said = str(failure)
        sys.stdout.write(f"{service}: {said}\n")
    if left:
        raise LocalError(f"not revoked in {' and '.join(left)}: run this again.")


def _revoke(address: str, target: dict[str, str | None], bearer: str) -> str:
    """What became of it in one service. Raises LocalError."""
    with client(address, token=bearer) as connection:
        answer = call(lambda: connection.post("/v1/operations/revocations", json=target))
    if answer.is_error:
        raise refusal(answer)
    return "revoked" if answer.status_code == CREATED else "was revoked before"


def _id_of(token: str) -> str:
    """A token's id, from the id itself or from the token."""
    parts = token.split(".")
    if len(parts) != PARTS_OF_A_TOKEN:
        return token
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        found = claims.get("jti")
    except (ValueError, AttributeError):
        raise LocalError("--token is neither a token nor a token's id.", exit_code=2) from None
    if not isinstance(found, str):
        raise LocalError("the token has no id (`jti`): revoke its client.", exit_code=2)
    return found
