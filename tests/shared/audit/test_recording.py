"""What an audit row says, when it exists, and that nothing may change it."""

from uuid import UUID

import asyncpg
import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from starlette.requests import Request

from shared.audit import audit_insert, audit_values, record
from shared.auth.caller import ROLES, Caller
from shared.problems import NotFound
from shared.service.handlers import record_refusal
from shared.telemetry.correlation import Correlation, new_traceparent, set_correlation
from tests.shared.audit.conftest import AuditPlatform

MANAGER = Caller(client="local:case-manager", scopes=ROLES["case-manager"], org="kendal-icc", name="Kendal")
NHS_NUMBER = "9990000018"
REFERRAL = "0198c0de-0000-7000-8000-000000000001"


async def test_a_row_tells_who_did_what_to_which_version_of_which_resource_and_why(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    set_correlation(Correlation("r-1", "c-1", new_traceparent(), peer="192.0.2.7"))
    async with platform.database.transaction() as session:
        record(
            session,
            caller=MANAGER,
            event="referral.triaged",
            resource_type="referral",
            resource_id=UUID(REFERRAL),
            purpose="direct-care",
            version_before=1,
            version_after=2,
            person=NHS_NUMBER,
            detail={"fields": ["priority"]},
        )
    row = await connection.fetchrow("select *, detail->'fields'->>0 as changed from audit")
    made_by_us = {"id", "arrival", "txid", "recorded_at", "at", "mac", "detail", "person_key"}
    told = {name: value for name, value in row.items() if name not in made_by_us}
    assert told == {
        "event": "referral.triaged",
        "outcome": "success",
        "code": None,
        "client": "local:case-manager",
        "client_name": "Kendal",
        "role": "case-manager",
        "org": "kendal-icc",
        "purpose": "direct-care",
        "peer": "192.0.2.7",
        "request_id": "r-1",
        "correlation_id": "c-1",
        "resource_type": "referral",
        "resource_id": REFERRAL,
        "version_before": 1,
        "version_after": 2,
        "changed": "priority",
    }
    assert NHS_NUMBER not in repr(row)
    assert row["person_key"] == platform.signer.person_key(NHS_NUMBER)


async def test_a_change_that_is_rolled_back_leaves_no_row(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    async def refused_change() -> None:
        async with platform.database.transaction() as session:
            record(session, caller=MANAGER, event="referral.triaged")
            await session.flush()
            raise LookupError("the action failed")

    with pytest.raises(LookupError):
        await refused_change()
    assert await connection.fetchval("select count(*) from audit") == 0


async def test_a_set_of_scopes_that_is_no_role_is_recorded_as_other(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    async with platform.database.transaction() as session:
        record(session, caller=Caller(client="x", scopes=frozenset({"audit.read"})), event="audit.read")
    assert await connection.fetchval("select role from audit") == "other"


async def test_a_float_in_detail_is_refused_because_the_server_may_spell_it_otherwise(
    platform: AuditPlatform,
) -> None:
    async with platform.database.transaction() as session:
        with pytest.raises(TypeError, match="float"):
            record(session, caller=None, event="facts.rebuilt", detail={"seconds": 0.5})


async def test_one_statement_writes_the_audit_row_only_where_its_source_has_one(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    statement = (
        f"with r as (select 1 where $1), a as ({audit_insert(first=2, source='r')}) select count(*) from r"  # noqa: S608
    )
    for visible in (True, False):
        values = audit_values(platform.signer, caller=MANAGER, event="referral.read", resource_id=REFERRAL)
        assert await connection.fetchval(statement, visible, *values) == int(visible)
    assert [row["event"] for row in await connection.fetch("select event from audit")] == ["referral.read"]


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set outcome = 'success'",
        "delete from audit",
        "truncate audit",
        "update audit_seal set seq = seq + 1",
        "delete from audit_seal",
        "truncate audit_seal",
        "set session_replication_role = replica; delete from audit",
    ],
)
async def test_the_tables_refuse_everything_but_inserts_even_from_their_owner(
    platform: AuditPlatform, connection: asyncpg.Connection, statement: str
) -> None:
    async with platform.database.transaction() as session:
        record(session, caller=None, event="service.started")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await connection.execute(statement)


def a_request(path_id: str, caller: Caller | None) -> Request:
    state = {} if caller is None else {"caller": caller}
    return Request(
        {"type": "http", "method": "GET", "path_params": {"id": path_id}, "headers": [], "state": state}
    )


async def test_a_refusal_is_recorded_with_its_code_and_caller(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await record_refusal(platform, a_request(REFERRAL, MANAGER), NotFound())
    row = await connection.fetchrow(
        "select event, outcome, code, client, resource_id, detail->>'status' as s from audit"
    )
    assert tuple(row) == ("request.refused", "refused", "not_found", MANAGER.client, REFERRAL, "404")


async def test_a_refusal_names_the_whole_template_of_a_route_in_a_nested_router(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    inner, outer, application = APIRouter(prefix="/reviews"), APIRouter(prefix="/v1/cases"), FastAPI()

    @inner.get("/{review}")
    async def refuse(review: str, request: Request) -> None:  # noqa: ARG001 -- the framework fills it in
        await record_refusal(platform, request, NotFound())

    outer.include_router(inner)
    application.include_router(outer)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://icc.test"
    ) as client:
        await client.get(f"/v1/cases/reviews/{REFERRAL}")
    assert await connection.fetchval("select resource_type from audit") == "/v1/cases/reviews/{review}"


async def test_what_stands_in_the_path_is_recorded_only_when_it_is_an_id(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await record_refusal(platform, a_request(NHS_NUMBER, None), NotFound())
    row = await connection.fetchrow("select * from audit")
    assert row["resource_id"] is None
    assert row["client"] is None
    assert NHS_NUMBER not in repr(row)


async def test_a_refusal_that_cannot_be_written_is_told_in_the_log_and_does_not_become_an_error(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await connection.execute("alter table audit rename to audit_away")
    with structlog.testing.capture_logs() as logs:
        await record_refusal(platform, a_request(REFERRAL, MANAGER), NotFound())
    assert [entry["event"] for entry in logs] == ["audit.refusal_unwritten"]
