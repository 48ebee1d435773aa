# ruff: noqa: ARG001 -- a caller in a signature is what guards the route
"""A small application on the true platform: one route for each thing the platform promises."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import text

from shared.auth import Caller
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.http.bodies import RequestBody, read_body
from shared.http.conditional import IfMatch
from shared.http.dates import AwareInstant, PastDate
from shared.http.parameters import PathId
from shared.http.text import Name, Note
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.app import build_app
from shared.service.guard import Authenticated, Requires, may
from shared.service.paging import Page
from shared.service.platform import ClockFunction, utc_now
from shared.service.routing import Paging, Router
from shared.settings import LOCAL_ISSUER, PlatformSettings
from tests.support.databases import run_sql

BASE = "http://icc.test"
TABLES = (
    "create table tiny (id serial primary key)",
    "create table tiny_child (parent integer references tiny (id) deferrable initially deferred)",
)
ITEMS = 7
VERSION = 3

router = Router(prefix="/v1")
AnyCaller = Annotated[Caller, Authenticated]
AnyAct = Annotated[Act, may()]


class Person(RequestBody):
    """A part of the body with a code family of its own."""

    nhs_number: str
    born: PastDate


class Thing(RequestBody):
    """A body with one member of each kind."""

    person: Person
    title: Name
    note: Note | None = None
    seen_at: AwareInstant | None = None
    count: int = 0
    kind: Literal["a", "b"] = "a"
    other: UUID | None = None
    day: date | None = None


@router.ask("/things", status_code=201)
async def create_thing(act: AnyAct, thing: Thing) -> Thing:
    return thing


@router.get("/things")
async def list_things(act: AnyAct, paging: Paging, kind: str | None = None) -> Page[int]:
    return paging.cut(list(range(ITEMS)), shown=lambda number: number)


class ThingAnswer(BaseModel):
    """A thing that is there, at a version."""

    id: UUID
    version: int


@router.get("/things/{thing}")
async def read_thing(act: AnyAct, thing: PathId) -> ThingAnswer:
    if thing.int % 2:
        raise NotFound
    return ThingAnswer(id=thing, version=VERSION)


@router.patch("/things/{thing}")
async def change_thing(act: AnyAct, thing: PathId, expected: IfMatch) -> ThingAnswer:
    expected.check(VERSION)
    await act.happened("thing.changed", resource_type="thing", resource_id=thing)
    return ThingAnswer(id=thing, version=VERSION + 1)


@router.put("/things/{thing}/plan")
async def put_first_plan(act: AnyAct, thing: PathId, expected: IfMatch) -> ThingAnswer:
    expected.check(None)
    await act.happened("plan.made", resource_type="thing", resource_id=thing)
    return ThingAnswer(id=thing, version=1)


@router.act("/things/{thing}/forgotten")
async def change_and_forget_to_record(act: AnyAct, thing: PathId) -> ThingAnswer:
    """Changes a row and does not say so."""
    await (await act.session.connection()).execute(text("insert into tiny default values"))
    return ThingAnswer(id=thing, version=1)


@router.get("/guarded")
async def read_guarded(caller: Annotated[Caller, Requires("audit.read", "feeds.read")]) -> dict[str, Any]:
    return {"client": caller.client, "org": caller.org, "all": caller.all_communities}


@router.api_route("/uploads", methods=["POST"])
async def upload(request: Request, caller: AnyCaller) -> dict[str, int]:
    return {"bytes": len(await read_body(request, limit=100_000))}


@router.api_route("/uploads/hurried", methods=["POST"])
async def upload_soon(request: Request, caller: AnyCaller) -> dict[str, int]:
    return {"bytes": len(await read_body(request, limit=100_000, silence_seconds=0.4))}


class Account(RequestBody):
    """What an account is opened with."""

    owner: Name = "nobody"
    since: AwareInstant | None = None


class AccountAnswer(BaseModel):
    """An account: its number."""

    id: int


@router.post("/accounts")
async def open_account(request: Request, act: AnyAct, account: Account) -> AccountAnswer:
    """Adds a row to a table, however often it is asked with one key; a slow one when `app.state.gate` opens."""
    if account.owner == "refuse":
        raise NotFound
    connection = await act.session.connection()
    await connection.execute(text("select pg_sleep(0.05)"))
    if account.owner == "slow":
        await request.app.state.gate.wait()
    number = (await connection.execute(text("insert into tiny default values returning id"))).scalar_one()
    await act.happened("account.opened", resource_type="account", resource_id=str(number))
    return AccountAnswer(id=number)


@router.get("/accounts/{account}")
async def read_account(act: AnyAct, account: int) -> AccountAnswer:
    return AccountAnswer(id=account)


@router.get("/failures/{kind}")
async def fail(act: AnyAct, kind: str) -> None:
    """Fails in the way that is asked for."""
    connection = await act.session.connection()
    if kind == "defect":
        raise ValueError("the patient's secret is 9990000018")
    if kind == "data":
        await connection.execute(text("select cast(:value as integer)"), {"value": "9990000018x"})
    if kind == "statement":
        await connection.execute(text("set local statement_timeout = '50ms'"))
        await connection.execute(text("select pg_sleep(2)"))
    if kind == "network":
        raise ConnectionRefusedError("127.0.0.1")
    if kind == "terminated":
        await connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    if kind == "serialization":
        await connection.execute(text("do $$ begin raise exception 'x' using errcode = '40001'; end $$"))
    if kind == "bare":
        async with act.platform.database.connection() as bare:
            await bare.execute("set statement_timeout = '50ms'; select pg_sleep(2)")


@router.get("/commit-fails")
async def fail_at_commit(act: AnyAct) -> dict[str, str]:
    """The deferred constraint is checked at the commit, after the route has returned."""
    connection = await act.session.connection()
    await connection.execute(text("insert into tiny_child (parent) values (999)"))
    return {"status": "fine"}


@dataclass(frozen=True)
class Tiny:
    """The running application and what a test needs to talk to it and to look behind it."""

    app: FastAPI
    client: httpx.AsyncClient
    database_url: str
    data_dir: Path

    def token(self, role: str = "analyst", *, org: str | None = None, **claims: Any) -> str:
        """A token as `icc token` prints it."""
        return mint_token(
            load_or_create_signing_key(self.data_dir),
            role=role,
            org=org,
            communities=claims.get("communities", ()),
            ttl=claims.get("ttl", timedelta(hours=1)),
            audience=claims.get("audience", "icc"),
            issuer=claims.get("issuer", LOCAL_ISSUER),
            now=self.app.state.platform.clock(),
        )

    def bearer(self, role: str = "analyst", **claims: Any) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.token(role, **claims)}"}

    async def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> httpx.Response:
        """GET with an analyst's token."""
        return await self.client.get(path, headers={**self.bearer(), **(headers or {})}, **parts)

    async def post(
        self, path: str, content: bytes, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """POST of JSON text with an analyst's token."""
        sent = {**self.bearer(), "Content-Type": "application/json", **(headers or {})}
        return await self.client.post(path, content=content, headers=sent)

    async def rows(self, statement: str, *parameters: object) -> list[Any]:
        """Rows of the application's database."""
        return await run_sql(self.database_url, statement, *parameters)


@asynccontextmanager
async def tiny_application(
    database_url: str, data_dir: Path, *, clock: ClockFunction = utc_now, **given: Any
) -> AsyncIterator[Tiny]:
    """The application, started; `clock` says what time it is there."""
    settings = PlatformSettings(
        **{
            "environment": "test",
            "data_dir": data_dir,
            "redis_url": "none",
            "trajectories": {"database_url": database_url},
            **given,
        }
    )
    app = build_app(service="trajectories", settings=settings, routers=[router], clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, timeout=30) as client,
    ):
        yield Tiny(app, client, database_url, data_dir)


async def at_once(*calls: Any) -> list[httpx.Response]:
    """The answers of requests that are sent side by side."""
    return list(await asyncio.gather(*calls))
