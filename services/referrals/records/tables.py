"""The referral and its events. What identifies a person is encrypted; what routes and counts is in the clear."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    text,
)
from sqlmodel import AutoString, Field

from services.referrals.database import Counted, Described, ReferralsTable
from services.referrals.pathways.rules import PRIORITIES, UNROUTED, Priority
from services.referrals.records.states import ITEM_STAGES, RECEIVED, STATUSES, ItemStage, Stage, Status


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


class Referral(ReferralsTable, Counted, Described, table=True):
    """One referral.

    sent_by: the organisation of the token that sent it, its owner.   icc: slug, or "unrouted".   counted_month,
    counted_place: the cell of `referrals-received` it belongs to for good, and its bands the lines.   duplicate_shown: whether the sender
    was told of possible_duplicate_of, so that a replayed answer says the same.   identity_index: of family name and
    birth date; null in rows older than the column.
    worklist: the community, or the urgent team, whose list it stands on.   assignee: the `sub` of who has it.   stage,
    stage_since, stage_due: what it waits for, since when (null: since it came in) and by when; without a stage it stands on
    no list. stage_due is null while its clock stands still.   clock_from: when its clocks began again, null: with its receipt.
    merged_into: the record that this one became part of.   number_checked: how somebody made sure of the NHS number.
    address_hidden: whether this referral's own flags hide the address; they then hide it in every referral of the person.
    Encrypted JSON: person (names, birth date, gender, ethnicity, accommodation), contact (postcodes, telephone,
    e-mail), local_identity, sender (role and name of who asked), card (what a worklist shows of the person, null in rows
    older than the column). Encrypted text: nhs_number, reason.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint(_one_of("priority", PRIORITIES), name="priority"),
        CheckConstraint(_one_of("identity", ("nhs-number", "tracing")), name="identity"),
        CheckConstraint("identity = 'tracing' or nhs_number_index is not null", name="identity_index"),
        CheckConstraint("(nhs_number is null) = (nhs_number_index is null)", name="nhs_number_index"),
        CheckConstraint(_one_of("requester_kind", ("ods", "partner", "self")), name="requester_kind"),
        CheckConstraint("(requester_kind = 'self') = (requester_code is null)", name="requester_code"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("counted_month = date_trunc('month', counted_month)", name="counted_month"),
        Index("ix_referral_icc", "icc", "id"),
        Index("ix_referral_sent_by", "sent_by", "id"),
        Index(
            "ix_referral_registered_practice",
            "registered_practice",
            "id",
            postgresql_where=text("registered_practice is not null"),
        ),
        Index("ix_referral_team", "team", "id", postgresql_where=text("team is not null")),
        Index(
            "ix_referral_person",
            "nhs_number_index",
            "identity_index",
            postgresql_where=text("nhs_number_index is not null"),
        ),
        Index("ix_referral_local_index", "local_index", postgresql_where=text("local_index is not null")),
        Index("ix_referral_address_hidden", "nhs_number_index", postgresql_where=text("address_hidden")),
        Index("ix_referral_counted", "counted_place", "counted_month"),
        Index(
            "ix_referral_worklist",
            "worklist",
            "stage_due",
            "id",
            postgresql_include=["stage"],
            postgresql_where=text("stage is not null"),
        ),
        Index("ix_referral_assignee", "assignee", "id", postgresql_where=text("assignee is not null")),
        Index("ix_referral_tracing", "id", postgresql_where=text("identity = 'tracing'")),
        Index("ix_referral_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
    )

    id: UUID = Field(primary_key=True)
    version: int = Field(sa_column_kwargs={"server_default": text("1")})
    status: Status = Field(sa_type=AutoString, sa_column_kwargs={"server_default": RECEIVED})
    icc: str
    team: str | None = None
    pathway: str
    priority: Priority = Field(sa_type=AutoString)
    identity: str
    sent_by: str
    requester_kind: str
    requester_code: str | None = None
    registered_practice: str | None = None
    reason_code: str | None = None
    reason_system: str | None = None
    legal_basis: str
    referred_at: datetime
    received_at: datetime
    triage_by: datetime
    start_by: datetime
    worklist: str = Field(default=UNROUTED, sa_column_kwargs={"server_default": UNROUTED})
    assignee: str | None = None
    stage: Stage | None = Field(
        default="triage", sa_type=AutoString, sa_column_kwargs={"server_default": "triage"}
    )
    stage_since: datetime | None = None
    stage_due: datetime | None = None
    clock_from: datetime | None = None
    merged_into: UUID | None = Field(default=None, foreign_key="referral.id")
    number_checked: str | None = None
    case_id: UUID | None = None
    possible_duplicate_of: UUID | None = None
    duplicate_shown: bool = Field(sa_column_kwargs={"server_default": text("false")})
    address_hidden: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    nhs_number_index: bytes | None = None
    identity_index: bytes | None = None
    local_index: bytes | None = None
    nhs_number: bytes | None = None
    local_identity: bytes | None = None
    person: bytes
    contact: bytes | None = None
    sender: bytes | None = None
    reason: bytes | None = None
    card: bytes | None = None


class WorklistItem(ReferralsTable, table=True):
    """Something of a referral that stands on a list beside it until it is done.

    subject: what it is about, an onward referral for instance.   about: a word that says more, without personal data.
    worklist, assignee: whose list it stands on.   due_at: null where nothing says by when.   done_at: null while it stands.
    """

    __tablename__ = "worklist_item"
    __table_args__ = (
        CheckConstraint(_one_of("stage", ITEM_STAGES), name="stage"),
        Index(
            "uq_worklist_item_standing",
            "stage",
            "subject",
            unique=True,
            postgresql_where=text("done_at is null"),
        ),
        Index(
            "ix_worklist_item_worklist", "worklist", "due_at", "id", postgresql_where=text("done_at is null")
        ),
        Index("ix_worklist_item_assignee", "assignee", postgresql_where=text("done_at is null")),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    stage: ItemStage = Field(sa_type=AutoString)
    subject: UUID
    about: str | None = None
    worklist: str
    assignee: str | None = None
    since: datetime
    due_at: datetime | None = None
    done_at: datetime | None = None


class ReferralConflict(ReferralsTable, table=True):
    """A link between two referrals under one NHS number whose family names or birth dates differ; both are kept.

    referral_id: the later one, which went to tracing for it.   shown: whether its sender was told of the other, so
    that a replayed answer says the same.   settled_at: null while it is open.   found_later: whether it was found when
    somebody gave the referral its number, of which its sender's first answer says nothing.
    """

    __tablename__ = "referral_conflict"
    __table_args__ = (CheckConstraint("referral_id <> other_id", name="other_id"),)

    referral_id: UUID = Field(primary_key=True, foreign_key="referral.id")
    other_id: UUID = Field(primary_key=True, foreign_key="referral.id", index=True)
    shown: bool
    settled_at: datetime | None = None
    found_later: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


ASSIGNED_EVENT: Final = "referral.assigned"
"""The event of a change of hands: its payload says to whom."""


class ReferralEvent(ReferralsTable, table=True):
    """One thing that happened to a referral: what, when, by whom. Rows are only ever added.

    payload: encrypted JSON, with the name of the person who acted where the token gave one.   seq: the order of a referral's
    events, gaps and all: within a transaction that of their inserts, between transactions that of the changes, for whoever
    changes a referral holds its row until the end. Ids are random within a millisecond, and clocks go back.
    """

    __tablename__ = "referral_event"
    __table_args__ = (Index("ix_referral_event_referral_id", "referral_id", "seq"),)

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    seq: int | None = Field(default=None, sa_type=BigInteger, nullable=False, sa_column_args=[Identity()])
    event: str
    at: datetime
    by_client: str
    by_org: str | None = None
    payload: bytes


class BreakGlass(ReferralsTable, table=True):
    """One time in which somebody sees a referral and its case without right to it, for a reason that is looked at afterwards.

    client: the `sub` of who sees it.   holder: a keyed hash of client, organisation and name, for one client may serve several
    people; null in rows older than the column, which open nothing.   Encrypted text: reason.
    """

    __tablename__ = "break_glass"
    __table_args__ = (
        CheckConstraint("until > opened_at", name="until"),
        Index("ix_break_glass_referral_id", "referral_id", "client", "until"),
    )

    id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    client: str
    org: str | None = None
    holder: bytes | None = None
    opened_at: datetime
    until: datetime
    reason: bytes
