"""Alembic's entry for the trajectories service's database."""

from services.trajectories.tables import METADATA
from shared.db.alembic import run

run(METADATA)
