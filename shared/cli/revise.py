"""Writes a migration from what the tables of the code have and the migrations do not: to be read, and mended, by its author.

`python -m shared.cli.revise outcomes 0002 "a note on each figure"`
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import asyncpg

from shared.addresses import SERVICES
from shared.db.alembic import migrate, revise
from shared.local.databases import database_address
from shared.local.temporary import temporary_servers


async def _create_database(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()


def main(arguments: Sequence[str]) -> int:
    """Migrates an empty database and writes the difference as `migrations/<service>/versions/<revision>_….py`."""
    parser = argparse.ArgumentParser(prog="python -m shared.cli.revise", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("revision", help="its number, one more than the newest: 0002")
    parser.add_argument("message", help="what changes, in a few words")
    given = parser.parse_args(arguments)
    with temporary_servers() as servers:
        asyncio.run(_create_database(servers.database_url, f"icc_{given.service}"))
        url = database_address(servers.database_url, f"icc_{given.service}", role="", password=None)
        migrate(given.service, url)
        revise(given.service, url, message=given.message, revision=given.revision)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
