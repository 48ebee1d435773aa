"""The pathway catalogue as an answer."""

from pydantic import BaseModel

from services.referrals.pathways.rules import Catalogue, Pathway, Term


class TermAnswer(BaseModel):
    """A limit: whole working days of England, or minutes."""

    working_days: int | None = None
    minutes: int | None = None

    @classmethod
    def of(cls, term: Term) -> "TermAnswer":
        """The limit as an answer."""
        return cls(working_days=term.working_days, minutes=term.minutes)


class ClocksAnswer(BaseModel):
    """The limits for one priority, counted from receipt."""

    triage: TermAnswer
    start: TermAnswer


class TeamAnswer(BaseModel):
    """Who works a pathway in one community today."""

    icc: str
    team: str | None


class PathwayAnswer(BaseModel):
    """One pathway: who it is for, whether it is hot, who works it where, by when."""

    key: str
    title: str
    for_whom: str
    hot: bool
    default_priority: str
    clocks: dict[str, ClocksAnswer]
    teams: list[TeamAnswer]

    @classmethod
    def of(cls, pathway: Pathway, teams: list[TeamAnswer]) -> "PathwayAnswer":
        """A pathway as an answer."""
        clocks = {
            priority: ClocksAnswer(triage=TermAnswer.of(terms.triage), start=TermAnswer.of(terms.start))
            for priority, terms in pathway.clocks.items()
        }
        return cls(
            key=pathway.key,
            title=pathway.title,
            for_whom=pathway.for_whom,
            hot=pathway.hot,
            default_priority=pathway.default_priority,
            clocks=clocks,
            teams=teams,
        )


class PathwaysAnswer(BaseModel):
    """All pathways, and the priority that makes any of them hot."""

    items: list[PathwayAnswer]
    next: None
    hot_priority: str
    hot_priority_team: str

    @classmethod
    def of(cls, catalogue: Catalogue, items: list[PathwayAnswer]) -> "PathwaysAnswer":
        """The catalogue as an answer."""
        return cls(
            items=items,
            next=None,
            hot_priority=catalogue.hot_priority,
            hot_priority_team=catalogue.hot_priority_team,
        )
