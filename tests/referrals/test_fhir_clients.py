"""Clients that others wrote, unmodified, over a true connection: fhirpy and fhirclient."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fhirclient.client import FHIRClient  # type: ignore[import-untyped]
from fhirclient.models.servicerequest import ServiceRequest  # type: ignore[import-untyped]
from fhirpy import AsyncFHIRClient

from tests.referrals.messages import NHS_NUMBER, a_message, ids, request_of, send
from tests.support.running import Running

PERSON = f"{NHS_NUMBER}|9990000018"


@pytest.fixture
async def address(referrals: Running) -> AsyncIterator[str]:
    """Where the door of the running service is reached over a socket."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(referrals.app, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/FHIR/R4"
    server.should_exit = True
    await serving


async def test_fhirpy_sends_a_message_reads_and_searches(practice: dict[str, str], address: str) -> None:
    client = AsyncFHIRClient(address, authorization=practice["Authorization"], extra_headers=ids())
    stored = await client.execute("$process-message", data=a_message())
    own = request_of(stored)["id"]
    read = await client.reference("ServiceRequest", own).to_resource()
    assert (read["id"], read["status"]) == (own, "active")
    await read.refresh()
    for search in ({"patient:identifier": PERSON}, {"patient__identifier": PERSON}):
        found = await client.resources("ServiceRequest").search(**search).fetch_all()
        assert [one["id"] for one in found] == [own]
    assert await client.resources("ServiceRequest").search(patient__identifier=PERSON).count() == 1


async def test_fhirclient_reads_the_statement_and_a_request(
    referrals: Running, practice: dict[str, str], address: str
) -> None:
    own = request_of((await send(referrals, a_message())).json())["id"]

    def read() -> ServiceRequest:
        client = FHIRClient(settings={"app_id": "icc", "api_base": f"{address}/"})
        client.prepare()
        client.server.session.headers.update(practice)
        return ServiceRequest.read(own, client.server)

    found = await asyncio.to_thread(read)
    assert (found.id, found.status, found.intent) == (own, "active", "plan")
