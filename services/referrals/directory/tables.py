"""The entries of the directory that were written or changed here; what was not stands in the data file."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint
from sqlmodel import AutoString, Field

from services.referrals.database import ReferralsTable
from services.referrals.directory.rules import OPEN, PARTNER_KINDS, Open
from shared.db.tables import Json


class DirectoryEntry(ReferralsTable, table=True):
    """One partner or service. key: a partner's code or a service's key: one name is never both, for tokens bear it.

    partner: the code of a service's partner.   kind, communities: of a partner, and of a service that no partner runs.
    told: what else is said of it.
    """

    __tablename__ = "directory_entry"
    __table_args__ = (
        CheckConstraint("what in ('partner', 'service')", name="what"),
        CheckConstraint(f"kind in {PARTNER_KINDS!r}", name="kind"),
        CheckConstraint(f"open in {OPEN!r}", name="open"),
        CheckConstraint("what = 'service' or (partner is null and kind is not null)", name="partner"),
    )

    key: str = Field(primary_key=True)
    what: Literal["partner", "service"] = Field(sa_type=AutoString)
    version: int = 1
    name: str
    partner: str | None = None
    kind: str | None = None
    communities: list[Any] | None = Field(default=None, sa_type=Json)
    open: Open | None = Field(default=None, sa_type=AutoString)
    assured_on: date | None = None
    told: dict[str, Any] = Field(sa_type=Json)
    changed_at: datetime
    changed_by: str
