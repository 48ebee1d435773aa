"""Alembic's entry for the referrals service's database."""

from services.referrals.tables import METADATA
from shared.db.migrate import run

run(METADATA)
