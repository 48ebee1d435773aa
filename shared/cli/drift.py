"""Whether the migrations give the tables of the code: `python -m shared.cli.drift`, a part of `icc check`."""

import asyncio
import importlib
import sys

import asyncpg

from shared.addresses import SERVICES
from shared.db.migrate import differences, migrate
from shared.local.databases import database_address
from shared.local.temporary import temporary_servers


async def _create_databases(server_url: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        for service in SERVICES:
            await connection.execute(f"create database icc_{service}")
    finally:
        await connection.close()


def main() -> int:
    """Migrates empty databases and compares; 1 when a service's tables and migrations differ."""
    code = 0
    with temporary_servers() as servers:
        asyncio.run(_create_databases(servers.database_url))
        for service in SERVICES:
            url = database_address(servers.database_url, f"icc_{service}", role="", password=None)
            migrate(service, url)
            metadata = importlib.import_module(f"services.{service}.tables").METADATA
            for difference in asyncio.run(differences(url, metadata)):
                sys.stdout.write(f"{service}: {difference}\n")
                code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
