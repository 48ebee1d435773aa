"""Roles of the databases: each may do what its work needs and nothing more."""

from collections.abc import Iterator

import asyncpg
import pytest

from shared.addresses import SERVICES
from shared.local import LocalError
from shared.local.databases import (
    ROLES,
    ServiceDatabase,
    database_address,
    grant_tables,
    is_current,
    note_current,
    prepare_databases,
)
from shared.local.postgres import Postgres
from shared.local.temporary import temporary_postgres

PASSWORDS = {role: f"secret of {role} @/:" for role in ROLES}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with temporary_postgres(tmp_path_factory.mktemp("databases")) as server:
        yield server


async def prepare(server_url: str) -> dict[str, ServiceDatabase]:
    prepared = await prepare_databases(
        server_url, overrides={}, passwords=PASSWORDS, new_passwords=set(PASSWORDS)
    )
    return {database.service: database for database in prepared}


@pytest.fixture
async def databases(postgres: Postgres) -> dict[str, ServiceDatabase]:
    """The three databases, with an audit, a table of people and one of facts in referrals."""
    prepared = await prepare(postgres.url())
    owner = await asyncpg.connect(prepared["referrals"].owner_url)
    for table in ("audit", "person", "fact_cell"):
        await owner.execute(f"drop table if exists {table}; create table {table} (id int)")
    await owner.close()
    await grant_tables(prepared["referrals"].owner_url, "referrals")
    return prepared


async def attempt(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_there_is_a_database_for_each_service_and_making_them_again_changes_nothing(
    postgres: Postgres, databases: dict[str, ServiceDatabase]
) -> None:
    again = await prepare(postgres.url())
    assert list(again) == list(SERVICES)
    assert again == databases
    assert all(database.has_roles for database in again.values())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("insert into person values (1)", [1, 7]),
        ("update person set id = 2", [2]),
        ("delete from person", None),
    ],
)
async def test_the_service_reads_and_writes_its_rows(
    databases: dict[str, ServiceDatabase], statement: str, expected: list[int] | None
) -> None:
    connection = await asyncpg.connect(databases["referrals"].app_url)
    await connection.execute("insert into person values (7)")
    await connection.execute(statement)
    left = await connection.fetchval("select array_agg(id order by id) from person")
    await connection.close()
    assert left == expected


@pytest.mark.parametrize("statement", ["update audit set id = 2", "delete from audit", "truncate audit"])
async def test_the_service_adds_to_the_audit_and_never_changes_it(
    databases: dict[str, ServiceDatabase], statement: str
) -> None:
    await attempt(databases["referrals"].app_url, "insert into audit values (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attempt(databases["referrals"].app_url, statement)


@pytest.mark.parametrize(
    "statement", ["create table mine (id int)", "drop table person", "alter table person add x int"]
)
async def test_the_service_cannot_change_its_tables(
    databases: dict[str, ServiceDatabase], statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attempt(databases["referrals"].app_url, statement)


async def test_a_service_cannot_open_the_database_of_another(databases: dict[str, ServiceDatabase]) -> None:
    elsewhere = database_address(databases["outcomes"].app_url, "icc_referrals", role="", password=None)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(elsewhere)


async def test_reports_read_facts_and_no_person(databases: dict[str, ServiceDatabase]) -> None:
    role = "icc_referrals_report"
    url = database_address(
        databases["referrals"].app_url, "icc_referrals", role=role, password=PASSWORDS[role]
    )
    await attempt(url, "select * from fact_cell")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attempt(url, "select * from person")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await attempt(url, "insert into fact_cell values (1)")


async def test_a_role_that_may_not_create_roles_is_used_for_everything(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with temporary_postgres(tmp_path_factory.mktemp("plain")) as server:
        await attempt(server.url(), "create role plain login createdb password 'plain'")
        prepared = await prepare(server.url(user="plain", password="plain"))
        assert [database.has_roles for database in prepared.values()] == [False, False, False]
        await attempt(prepared["outcomes"].app_url, "create table anything (id int)")


async def test_a_role_that_may_not_create_databases_is_told_what_it_needs(postgres: Postgres) -> None:
    await attempt(postgres.url(), "drop role if exists poor; create role poor login password 'poor'")
    url = postgres.url(user="poor", password="poor")
    for service in SERVICES:
        await attempt(postgres.url(), f"drop database if exists icc_{service}")
    with pytest.raises(LocalError, match="give it CREATEDB"):
        await prepare(url)


async def test_a_wrong_password_is_a_sentence_without_it(postgres: Postgres) -> None:
    with pytest.raises(LocalError, match="refuses the role or the password") as failure:
        await prepare(postgres.url(password="guess"))
    assert "guess" not in str(failure.value)


async def test_a_database_that_somebody_else_looks_after_is_left_to_them() -> None:
    overrides = {service: f"postgresql://them@elsewhere/{service}" for service in SERVICES}
    prepared = await prepare_databases("", overrides=overrides, passwords={}, new_passwords=())
    assert {database.service: database.app_url for database in prepared} == overrides


async def test_a_database_is_current_until_its_revision_moves(databases: dict[str, ServiceDatabase]) -> None:
    database = databases["referrals"]
    assert not await is_current(database)
    await attempt(
        database.owner_url,
        "create table alembic_version (version_num text); insert into alembic_version values ('0001')",
    )
    assert not await is_current(database)
    await note_current(database.owner_url, "referrals", has_roles=True)
    assert await is_current(database)
    await attempt(database.owner_url, "update alembic_version set version_num = '0002'")
    assert not await is_current(database)
    await attempt(database.owner_url, "drop table alembic_version")
