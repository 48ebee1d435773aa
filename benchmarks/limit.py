"""The limit beside us: the same kind of uvicorn worker that does only what cannot be left out.

`POST /insert` validates a referral and inserts its row with one asyncpg statement, `POST /measurement` does so for a measurement; `GET /row/{id}` selects a row by its key;
`GET /rows` selects the newest fifty, `GET /soonest` the soonest fifty with the counts of all; `GET /static` answers fixed bytes. No token, no routing, no encryption, no event, no audit, no log.
"""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from services.outcomes.measurements.schemas import MeasurementRequest
from services.referrals.intake.schemas import ReferralRequest
from shared.ids import new_id

TABLE = """
    create table if not exists limit_referral (
        id uuid primary key, nhs_number text, family text, given text, birth_date date, gender text, postcode text,
        phone text, registered_practice text, requester text, referred_at timestamptz, pathway text, priority text,
        reason text, legal_basis text, received_at timestamptz default now())
"""
INSERT = (
    "insert into limit_referral values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)
MEASUREMENTS = """
    create table if not exists limit_measurement (
        id uuid primary key, nhs_number text, instrument text, occasion text, taken_on date, items integer[], icc text,
        mode text, received_at timestamptz default now())
"""
MEASURE = "insert into limit_measurement values ($1, $2, $3, $4, $5, $6, $7, $8)"
SELECT = "select * from limit_referral where id = $1"
SELECT_LIST = "select * from limit_referral order by id desc limit 50"
SELECT_SOONEST = "select * from limit_referral order by received_at, id limit 50"
COUNT_BY_STAGE = "select pathway, received_at < now() as overdue, count(*) from limit_referral group by 1, 2"
SOONEST = "create index if not exists limit_soonest on limit_referral (received_at, id)"


def create_app(dsn: str, static: Path) -> FastAPI:
    """The limit's application on a database and a file of bytes to answer."""
    fixed = static.read_bytes()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.static = fixed
        async with asyncpg.create_pool(dsn, min_size=8, max_size=8) as pool:
            await pool.execute(TABLE)
            await pool.execute(MEASUREMENTS)
            await pool.execute(SOONEST)
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)
    app.post("/insert")(insert)
    app.post("/measurement")(insert_measurement)
    app.get("/row/{row}")(read_row)
    app.get("/rows")(read_list)
    app.get("/soonest")(read_soonest)
    app.get("/static")(read_static)
    return app


async def insert(request: Request) -> Response:
    """Validate a referral and store its row."""
    given = ReferralRequest.model_validate_json(await request.body())
    row = new_id()
    patient = given.patient
    await request.app.state.pool.execute(
        INSERT,
        row,
        patient.nhs_number,
        patient.family,
        patient.given,
        patient.birth_date,
        patient.gender,
        patient.postcode,
        patient.phone,
        patient.registered_practice,
        given.requester.ods,
        given.referred_at,
        given.pathway,
        given.priority,
        given.reason,
        given.legal_basis,
    )
    return Response(orjson.dumps({"id": str(row)}), status_code=201, media_type="application/json")


async def insert_measurement(request: Request) -> Response:
    """Validate a measurement and store its row."""
    given = MeasurementRequest.model_validate_json(await request.body())
    row = new_id()
    await request.app.state.pool.execute(
        MEASURE,
        row,
        given.person.nhs_number,
        given.instrument,
        given.occasion,
        given.taken_on,
        given.items,
        given.icc,
        given.mode,
    )
    return Response(orjson.dumps({"id": str(row)}), status_code=201, media_type="application/json")


async def read_row(request: Request, row: UUID) -> Response:
    """One row by its key."""
    found = await request.app.state.pool.fetchrow(SELECT, row)
    return Response(orjson.dumps(dict(found), default=str), media_type="application/json")


async def read_list(request: Request) -> Response:
    """The newest fifty rows."""
    found = await request.app.state.pool.fetch(SELECT_LIST)
    return Response(orjson.dumps([dict(row) for row in found], default=str), media_type="application/json")


async def read_soonest(request: Request) -> Response:
    """The soonest fifty rows, and the counts of all."""
    async with request.app.state.pool.acquire() as connection:
        found = await connection.fetch(SELECT_SOONEST)
        counts = await connection.fetch(COUNT_BY_STAGE)
    told = {"items": [dict(row) for row in found], "counts": [dict(row) for row in counts]}
    return Response(orjson.dumps(told, default=str), media_type="application/json")


async def read_static(request: Request) -> Response:
    """The fixed bytes."""
    return Response(request.app.state.static, media_type="application/json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--static", type=Path, required=True)
    given = parser.parse_args()
    uvicorn.run(
        create_app(given.dsn, given.static),
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
