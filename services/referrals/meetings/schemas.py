"""Bodies and answers of meetings."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.consents.rules import Giver
from services.referrals.discharges.rules import MOST_AVOIDED, MOST_OF_A_KIND, AvoidedKind, Judge
from services.referrals.meetings.rules import MOST_ATTENDEES, MOST_SAID, Sector, SelfCare
from shared.http.bodies import RequestBody
from shared.http.dates import CalendarDate, PastDate
from shared.http.text import Name, Note


def _at_most(most: int) -> AfterValidator:
    def check(given: tuple[object, ...]) -> tuple[object, ...]:
        if len(given) > most:
            raise PydanticCustomError("list.too_long", f"There may be {most} at most.")
        return given

    return AfterValidator(check)


class Attendee(RequestBody):
    """A seat at the table, by organisation: no names."""

    org: Name | None = Field(default=None, description="ODS code, council or team")
    partner: Name | None = Field(default=None, description="A partner's code, in place of `org`")
    client: Name | None = Field(default=None, description="The `sub` of who came, who can then own actions")
    sector: Sector
    present: bool


Attendees = Annotated[tuple[Attendee, ...], _at_most(MOST_ATTENDEES)]


class MeetingBody(RequestBody):
    """A meeting that was held, or is to be."""

    kind: str = Field(description="`frailty`, `mental-health`, `children` …")
    community: str = Field(description="The slug of an ICC")
    held_on: CalendarDate
    chair: Name = Field(description="The `sub` of who chairs it, who is asked for the benefit")
    attendees: Attendees


class AttendanceBody(RequestBody):
    """Who came."""

    attendees: Attendees


class AgendaRequest(RequestBody):
    """A case that a meeting shall discuss, and why."""

    case_id: UUID
    reason: Note


class ActionBody(RequestBody):
    """Something to be done for the person."""

    text: Note
    owner: Name = Field(description="A `sub`, a team's code, or an organisation that came")
    due_on: CalendarDate


class DiscussionConsent(RequestBody):
    """Who agreed that also others than care staff hear of the person, and when."""

    given_by: Giver
    on: PastDate


class DiscussionBody(RequestBody):
    """What a meeting said of a person."""

    case_id: UUID
    reason: Note
    decisions: Annotated[tuple[Note, ...], _at_most(MOST_SAID)]
    actions: Annotated[tuple[ActionBody, ...], _at_most(MOST_SAID)] = ()
    consent: DiscussionConsent | None = None


class UseAvoided(RequestBody):
    """Use of services that is judged to have been avoided."""

    kind: AvoidedKind
    count: int = Field(ge=1, le=MOST_OF_A_KIND)


class BenefitBody(RequestBody):
    """What a discussion was good for, asked three months after."""

    asked_on: PastDate
    self_care: SelfCare
    use_avoided: Annotated[tuple[UseAvoided, ...], _at_most(MOST_AVOIDED)] = ()
    judged_by: Judge


class ActionDone(RequestBody):
    """When an action was done."""

    done_on: PastDate


class AttendeeAnswer(BaseModel):
    """A seat at the table."""

    org: str | None = None
    partner: str | None = None
    client: str | None = None
    sector: Sector
    present: bool


class MeetingAnswer(BaseModel):
    """A meeting. sectors_present: how many different ones came."""

    id: UUID
    version: int
    kind: str
    community: str
    held_on: date
    chair: str
    attendees: list[AttendeeAnswer]
    sectors_present: int


class AgreedAction(BaseModel):
    """An action, and how it stands."""

    id: UUID
    text: str
    owner: str
    due_on: date
    done_on: date | None
    status: Literal["open", "overdue", "done"]


class BenefitAnswer(BaseModel):
    """What a discussion was good for. due_on: when the person is asked."""

    due_on: date
    asked_on: date | None
    self_care: SelfCare | None
    use_avoided: int = Field(description="How much use of services, of all kinds")
    judged_by: Judge | None


class DiscussionConsentAnswer(BaseModel):
    """The consent to be discussed with others than care staff."""

    given_by: Giver
    on: date


class DiscussionAnswer(BaseModel):
    """A discussion as who works the case reads it."""

    id: UUID
    meeting_id: UUID
    case_id: UUID
    reason: str
    decisions: list[str]
    actions: list[AgreedAction]
    consent: DiscussionConsentAnswer | None
    benefit: BenefitAnswer
    recorded_at: datetime


class DiscussionList(BaseModel):
    """The discussions of a meeting, in the order in which they were recorded, as far as the caller sees their cases."""

    items: list[DiscussionAnswer]


Because = Literal["newly-referred", "action-due", "asked-for"]


class AgendaItem(BaseModel):
    """A case for the meeting, and why it stands here."""

    case_id: UUID
    referral_id: UUID
    name: str
    because: list[Because]
    reason: str | None = Field(description="What the case manager said who asked for it")
    actions: list[AgreedAction] = Field(description="Of earlier meetings of this kind, due by this one")


class Agenda(BaseModel):
    """The cases for a meeting. more: whether there are more of a kind than can be shown."""

    items: list[AgendaItem]
    more: bool


class AgendaRequestAnswer(BaseModel):
    """A case that was asked for."""

    meeting_id: UUID
    case_id: UUID
    reason: str


class Share(BaseModel):
    """A part of a whole. value: null of nothing."""

    numerator: int
    denominator: int
    value: float | None


class TeamFunctioning(BaseModel):
    """Where the survey of how the team works together is answered: it is the outcomes service's."""

    measure: str
    href: str


class Evaluation(BaseModel):
    """Meetings by their patient impact and by how the team works, counted from the rows at the moment of the question.

    discussed: discussions.   people: different ones.   sectors_a_meeting: different sectors that came, over meetings.
    actions_on_time: done by their due day, of those due before today.   benefit_asked: asked, of those due before today.
    benefit: with better self-care or use avoided, of those asked.   use_avoided: how much.
    """

    meetings: int
    discussed: int
    people: int
    sectors_a_meeting: Share
    actions: int
    actions_overdue: int
    actions_on_time: Share
    benefit_asked: Share
    benefit: Share
    use_avoided: int
    team_functioning: TeamFunctioning
