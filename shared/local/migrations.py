"""Brings the databases of the services to the newest tables, then sets the grants; a process of its own.

Run as `python -m shared.local.migrations` with ICC_MIGRATE_<SERVICE>_URL for each database to migrate and, where the
database has its three roles, ICC_MIGRATE_<SERVICE>_ROLES=1. The supervisor so need not load Alembic.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

from shared.addresses import SERVICES
from shared.db.alembic import migrate
from shared.db.digests import EditedMigrationError
from shared.local.databases import grant_tables, note_current


async def _grant_and_note(url: str, service: str, *, has_roles: bool) -> None:
    if has_roles:
        await grant_tables(url, service)
    await note_current(url, service, has_roles=has_roles)


def main(environment: Mapping[str, str]) -> None:
    """Migrates each database that is named, one after the other."""
    for service in SERVICES:
        url = environment.get(f"ICC_MIGRATE_{service.upper()}_URL")
        if url is None:
            continue
        try:
            migrate(service, url)
        except EditedMigrationError as edited:
            raise SystemExit(str(edited)) from None
        has_roles = bool(environment.get(f"ICC_MIGRATE_{service.upper()}_ROLES"))
        asyncio.run(_grant_and_note(url, service, has_roles=has_roles))
        sys.stdout.write(f"{service}: migrated\n")


if __name__ == "__main__":
    main(os.environ)
