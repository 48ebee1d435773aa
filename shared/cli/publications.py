"""`icc publish`: what is known now becomes what everybody sees, without waiting for the night."""

import uuid
from typing import Annotated

import typer
from rich.console import Console

from shared.cli.calls import body_of, call, client, refusal
from shared.cli.options import Data, Port, Token, Url, commands, first_port, service_url
from shared.cli.tokens import local_token, own_key_explained

app = commands()


@app.command()
def publish(
    reason: Annotated[
        str, typer.Option("--reason", help="Why now; it stands in the list of publications.")
    ] = "Published from the command line.",
    url: Url = None,
    token: Token = None,
    port: Port = None,
    data: Data = None,
) -> None:
    """Publish the figures as they are known now, to all who do not see exact ones."""
    bearer = token or local_token("publisher", data=data)
    # One key for all tries: an answer that was lost on its way is asked for again, and nothing is published twice.
    key = {"Idempotency-Key": str(uuid.uuid4())}
    address = service_url("trajectories", url=url, port=first_port(port, data))
    with own_key_explained(token=token, data=data), client(address, token=bearer) as connection:
        answer = call(lambda: connection.post("/v1/publications", json={"reason": reason}, headers=key))
        if answer.is_error:
            raise refusal(answer)
    made = body_of(answer)
    # Told to those only who see every community exactly.
    share = (
        f"; of {made['due']} that are not small {made['shown']} are shown" if made["due"] is not None else ""
    )
    Console().print(
        f"published at {made['published_at']}: {made['cells']} figures{share}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
