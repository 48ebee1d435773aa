"""Alembic's entry for the outcomes service's database."""

from services.outcomes.tables import METADATA
from shared.db.alembic import run

run(METADATA)
