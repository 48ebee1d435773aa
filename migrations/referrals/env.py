"""Alembic's entry for the referrals service's database."""

from services.referrals.tables import METADATA
from shared.db.alembic import run

run(METADATA)
