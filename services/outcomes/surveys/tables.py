"""Rounds of the survey of how a team functions."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.outcomes.database import OutcomesTable
from shared.db.tables import SINCE_NOW, Json

SURVEYED_TOPIC: Final = "survey-round.recorded"
"""The event of a round: its subject is the round's id."""


class SurveyRound(OutcomesTable, table=True):
    """One round of one team. Never changed: of several in one month the last one recorded stands.

    place: where its figure counts, decided when it was recorded.   replies: how many people replied.
    sums: of the scores that they gave to each question, in the order of the questions; who gave which is not kept.
    """

    __tablename__ = "survey_round"
    __table_args__ = (
        CheckConstraint("replies between 0 and invited", name="replies"),
        CheckConstraint("extract(day from month) = 1", name="month"),
        Index("ix_survey_round_team", "team", "month", "id"),
        Index("ix_survey_round_counted", "place", "month"),
    )

    id: UUID = Field(primary_key=True)
    team: str
    place: str
    month: date
    invited: int
    replies: int
    sums: list[int] = Field(sa_type=Json)
    recorded_at: datetime = Field(sa_column_kwargs=SINCE_NOW)
