"""Finding people before they fall: lists in, cohorts out, and who they are for their practice alone."""

from typing import Annotated

from fastapi import Depends, Query

from services.referrals.addresses import refuse_personal_query
from services.referrals.case_finding.actions import read_cohort, reidentify, take_list
from services.referrals.case_finding.inviting import answer_invitation, invite
from services.referrals.case_finding.queries import Narrowed
from services.referrals.case_finding.rules import Band
from services.referrals.case_finding.schemas import (
    CohortAnswer,
    InvitationAnswer,
    InviteBody,
    Invited,
    InvitedMember,
    KnownMembers,
    ListAnswer,
    ListBody,
    ReidentifyBody,
)
from shared.http.parameters import PathId
from shared.problems import Unavailable
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Paging, Router

router = Router(tags=["case finding"], dependencies=[Depends(refuse_personal_query)])
WRITE, REIDENTIFY = "case-finding.write", "case-finding.reidentify"


@router.post("/v1/case-finding/lists", problems=[Unavailable])
async def post_list(
    act: Annotated[Act, may(WRITE)],
    sent: ListBody,
    cohort: Annotated[
        str, Query(max_length=100, pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["risk"])
    ] = "risk",
) -> ListAnswer:
    """Send a list of people as CSV or XLSX: `nhs_number` or `pseudonym`, `practice`, `score`, `instrument`, `measured_on`, and `postcode` if known.

    Sent again it updates and never doubles. Bad rows are set aside and named; a file with more than one in twenty is refused.
    `cohort` keeps lists of different purposes apart.
    """
    return await take_list(act, cohort, sent)


@router.get("/v1/case-finding/cohorts/{cohort_id}")
async def get_cohort(
    act: Annotated[Act, may(WRITE, REIDENTIFY)],
    cohort_id: PathId,
    paging: Paging,
    postcode_area: Annotated[
        str | None,
        Query(
            pattern=r"^[A-Z0-9]{2,4}( [0-9])?$", description="An outward code or a sector", examples=["LA9 4"]
        ),
    ] = None,
    band: Annotated[Band | None, Query()] = None,
    practice: Annotated[str | None, Query(max_length=10, examples=["A82026"])] = None,
) -> CohortAnswer:
    """The people of a cohort under their pseudonyms, with band and practice. `postcode_area` finds those whom an incident concerns."""
    return await read_cohort(act, cohort_id, Narrowed(postcode_area, band, practice), paging=paging)


@router.ask("/v1/case-finding/cohorts/{cohort_id}/reidentify")
async def post_reidentify(
    act: Annotated[Act, may(REIDENTIFY)], cohort_id: PathId, asked: ReidentifyBody
) -> KnownMembers:
    """Who some people of a cohort are, for the practice that they are registered with. Another's are not found."""
    return await reidentify(act, cohort_id, asked)


@router.act("/v1/case-finding/cohorts/{cohort_id}/invite")
async def post_invitation(
    act: Annotated[Act, may(REIDENTIFY)], cohort_id: PathId, asked: InviteBody
) -> Invited:
    """Invite people of one's own practice: each becomes a referral with identity, all of them or none."""
    return await invite(act, cohort_id, asked)


@router.act("/v1/case-finding/cohorts/{cohort_id}/members/{member_id}/answer")
async def post_answer(
    act: Annotated[Act, may(REIDENTIFY)], cohort_id: PathId, member_id: PathId, said: InvitationAnswer
) -> InvitedMember:
    """Record what an invited person said: who accepts has a case, who declines is left in peace."""
    return await answer_invitation(act, cohort_id, member_id, said)
