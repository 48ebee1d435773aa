"""The FHIR door: repeats, search, sight, metadata, and a client as it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.observation import Observation
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome as RefusedByServer

from shared.http.protocol import Patience
from shared.service.server import server_config
from tests.outcomes.measuring import KATHY
from tests.outcomes.observing import (
    DOOR,
    NHS,
    OURS,
    SNOMED,
    a_response,
    an_observation,
    answered,
    created,
    issues,
    items,
    manager,
    search,
    send,
)
from tests.support.running import Running


@pytest.mark.parametrize("by", ["header", "if-none-exist", "identifier"])
async def test_a_repeat_makes_no_second_measurement(outcomes: Running, by: str) -> None:
    headers = {"header": {"Idempotency-Key": "one"}, "if-none-exist": {"If-None-Exist": "identifier=urn:x|1"}}
    named = {"identifier": [{"system": "urn:x", "value": "1"}]} if by == "identifier" else {}
    resource = {**an_observation("cfs", valueInteger=4), **named}
    given = {**manager(outcomes), **headers.get(by, {})}
    first = await send(outcomes, resource, by=given)
    again = await send(outcomes, resource, by=given)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await send(outcomes, {**resource, "valueInteger": 5}, by=given)
    assert other.status_code == 409
    assert len(await outcomes.rows("select 1 from measurement")) == 1


async def test_a_person_is_found_by_post_the_latest_first(outcomes: Running) -> None:
    await created(outcomes, an_observation("cfs", valueInteger=4))
    await created(
        outcomes,
        an_observation("cfs", valueInteger=5, says={"occasion": "repeat"}, effectiveDateTime="2026-06-20"),
    )
    await created(outcomes, a_response("ucla3", answered(1, 2, 3), authored="2026-04-20"))
    whose = {"subject:identifier": f"{NHS}|{KATHY}"}
    found = (await search(outcomes, whose)).json()
    Bundle.model_validate(found)
    assert [one["resource"]["effectiveDateTime"] for one in found["entry"]] == [
        "2026-06-20",
        "2026-05-20",
        "2026-04-20",
    ]
    assert (
        found["entry"][0]["fullUrl"]
        == f"http://icc.test{DOOR}/Observation/{found['entry'][0]['resource']['id']}"
    )
    by_code = (await search(outcomes, {**whose, "code": "cfs", "_count": "1"})).json()
    assert [one["resource"]["valueQuantity"]["value"] for one in by_code["entry"]] == [5]
    snomed = (
        await search(outcomes, {"patient.identifier": f"{NHS}|{KATHY}", "code": f"{SNOMED}|999791000000106"})
    ).json()
    assert "entry" not in snomed
    responses = (await search(outcomes, whose, kind="QuestionnaireResponse")).json()
    assert [one["resource"]["questionnaire"] for one in responses["entry"]] == [f"{OURS}Questionnaire/ucla3"]
    assert KATHY not in str(found)
    answer = await outcomes.client.post(
        f"{DOOR}/Observation/_search?code=ucla3&_format=json", data=whose, headers=manager(outcomes)
    )
    (entry,) = answer.json()["entry"]
    assert entry["fullUrl"] == f"http://icc.test{DOOR}/Observation/{entry['resource']['id']}"
    assert entry["resource"]["effectiveDateTime"] == "2026-04-20"


async def test_what_is_not_ones_own_is_not_there(outcomes: Running) -> None:
    made = await created(outcomes, an_observation("cfs", valueInteger=4))
    foreign = outcomes.token("case-manager", communities=("barrow",))
    answer = await outcomes.client.get(f"{DOOR}/Observation/{made['id']}", headers=foreign)
    assert (answer.status_code, issues(answer)[0]["code"]) == (404, "not-found")
    refused = await send(outcomes, an_observation("ucla3", component=items(1, 2, 3)), by=foreign)
    assert refused.status_code == 403
    response = await outcomes.client.get(
        f"{DOOR}/QuestionnaireResponse/{made['id']}", headers=manager(outcomes)
    )
    assert response.status_code == 404  # nobody answers a frailty level
    audit = await outcomes.rows("select event from audit where event = 'measurement.read'")
    assert len(audit) == 1


async def test_metadata_needs_no_token_and_documents_every_extension(outcomes: Running) -> None:
    answer = await outcomes.client.get(f"{DOOR}/metadata")
    statement = answer.json()
    CapabilityStatement.model_validate(statement)
    assert answer.status_code == 200
    assert statement["implementation"]["url"] == f"http://icc.test{DOOR}"
    (rest,) = statement["rest"]
    for name in ("icc", "occasion", "edition", "episode"):
        assert f"{OURS}{name}`" in rest["documentation"]
    assert {one["type"]: [it["code"] for it in one["interaction"]] for one in rest["resource"]} == {
        "Observation": ["create", "read", "search-type"],
        "QuestionnaireResponse": ["create", "read", "search-type"],
    }


async def test_a_correction_shows_in_both(outcomes: Running) -> None:
    made = await created(outcomes, an_observation("cfs", valueInteger=4))
    body = {
        "person": {"nhs_number": KATHY},
        "instrument": "cfs",
        "value": 5,
        "unit": "level",
        "taken_on": "2026-05-20",
        "occasion": "first",
        "icc": "kendal",
        "reason": "misread",
    }
    headers = {**manager(outcomes), "Idempotency-Key": "c"}
    corrected = await outcomes.client.post(
        f"/v1/measurements/{made['id']}/correct", json=body, headers=headers
    )
    assert corrected.status_code == 201, corrected.text
    statuses = {}
    for one in (made["id"], corrected.json()["id"]):
        told = (await outcomes.client.get(f"{DOOR}/Observation/{one}", headers=manager(outcomes))).json()
        Observation.model_validate(told)
        statuses[told["valueQuantity"]["value"]] = told["status"]
    assert statuses == {4: "entered-in-error", 5: "amended"}


@asynccontextmanager
async def served(service: Running) -> AsyncIterator[str]:
    """The service behind a true server on a free port: its address. Its lifespan runs already."""
    patience = Patience(head_seconds=10, farewell_seconds=1)
    config = server_config(service.app, host="127.0.0.1", port=0, patience=patience)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def test_fhirpy_works_as_it_is(outcomes: Running) -> None:
    async with served(outcomes) as address:
        client = AsyncFHIRClient(f"{address}{DOOR}", authorization=manager(outcomes)["Authorization"])
        resource = client.resource("Observation", **an_observation("cfs", valueInteger=4))
        await resource.save()
        assert resource.id
        read = await client.reference("Observation", resource.id).to_resource()
        assert read["valueQuantity"]["value"] == 4
        query = {"subject:identifier": f"{NHS}|{KATHY}"}
        found = await client.execute("Observation/_search", data=query)
        assert [one["resource"]["id"] for one in found["entry"]] == [resource.id]
        assert (await client.execute("metadata", method="get"))["fhirVersion"] == "4.0.1"
        with pytest.raises(RefusedByServer) as refused:
            await client.resource("Observation", **an_observation("cfs", valueInteger=12)).save()
        assert refused.value.resource["issue"][0]["expression"] == ["valueInteger"]
