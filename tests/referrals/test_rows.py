"""Who may do what with whose referral: every route of the service, for each of the thirteen roles, with an own and a foreign row.

A change names a version that never was: 412 says that the caller may, and nothing changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi.routing import APIRoute, iter_route_contexts

from services.referrals.fhir.routes import NOT_IMPLEMENTED
from shared.auth.caller import ROLES
from tests.referrals.builders import KENDAL_PRACTICE, LANCASTER_PRACTICE, a_patient, a_referral, keyed
from tests.referrals.casework import ASSESSMENT, AUDIT, CONTACT, DISCHARGE, REVIEW
from tests.support.running import Running

MAY, NOT_THERE, MAY_NOT = "may", "404", "403"
SENDERS = frozenset({"practice-system", "hospital-system", "partner"})
MANAGER = frozenset({"case-manager"})
SUBSCRIBERS = frozenset({"practice-system", "hospital-system"})
PRACTICE = frozenset({"practice-system"})
PARTNERS = frozenset({"case-manager", "partner"})
READERS = SENDERS | MANAGER
PLAN_READERS = frozenset({"practice-system", "hospital-system"}) | MANAGER
EVERYBODY = frozenset(ROLES) - {"service"}  # whose token is good for its own edge alone
LEAD = frozenset({"development-lead"})
PLANNERS = LEAD | MANAGER
NEEDS_READERS = LEAD | frozenset({"analyst"})
COMMUNITY = ("/v1/forums", "/v1/insights", "/v1/trainings")
EVALUATORS = frozenset({"case-manager", "analyst", "publisher", "oversight"})
OPERATOR, AUDITOR, SERVICE = frozenset({"operator"}), frozenset({"auditor"}), frozenset({"service"})
OPEN = (
    "/answer/",
    "/health/",
    "/docs",
    "/.well-known/",
    "/openapi.json",
    "/problems",
    "/FHIR/R4/metadata",
    "/FHIR/R4/.well-known/",
    "/v1/openreferral",
    "/start",
    "/sign-in",
    "/sign-out",
    "/signed-out",
    "/assets/",
)
NOBODY = "01a22d87-dd6c-796f-b3ac-18852e912991"


@dataclass(frozen=True)
class Asked:
    """One route: who may call it, with which body; ids in braces are filled in with own and foreign ones.

    foreign: the address of something of another community, where it is no referral; what then is answered.
    """

    method: str
    path: str
    roles: frozenset[str]
    body: dict[str, Any] | None = None
    foreign: str | None = None
    refusal: str = MAY_NOT

    @property
    def of_rows(self) -> bool:
        """Whether the answer depends on the row."""
        return "{" in self.path or self.foreign is not None


ONE = "/v1/referrals/{referral_id}"
PAGE = "/worklist/referrals/{referral_id}"
CASE = "/v1/cases/{case_id}"
MEETING = f"/v1/mdt-meetings/{NOBODY}"
COHORT = f"/v1/case-finding/cohorts/{NOBODY}"
PERSON = "patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000042"
CARER = {"name": "Ann", "relationship": "spouse", "consent": {"given_by": "self", "on": "2026-06-20"}}
# Whoever may is told what is wrong with these, and nothing changes.
NO_ANSWER = {"status": "declined", "reason_code": "none"}
NO_CONSENT = {"scope": "share-with-partner", "partner": "none", "given_by": "self", "on": "2026-06-20"}
# Source: the roles and their scopes; rows: what an organisation sent, what a case manager's community works.
ROUTES = [
    Asked("POST", "/v1/referrals", SENDERS, {}),
    Asked("GET", "/v1/referrals", READERS),
    Asked("GET", "/v1/referrals?icc=kendal", READERS),
    Asked("POST", "/v1/referrals/search", READERS, {}),
    Asked("GET", ONE, READERS),
    Asked("GET", f"{ONE}/history", READERS),
    Asked("PATCH", ONE, READERS, {"patient": {"phone": None}}),
    Asked("POST", f"{ONE}/triage", MANAGER, {"decision": "accept"}),
    Asked("POST", f"{ONE}/answer", SENDERS, {"text": "Yes"}),
    Asked("POST", f"{ONE}/withdraw", READERS, {}),
    Asked("POST", f"{ONE}/reopen", MANAGER, {"comment": "Again"}),
    Asked("POST", f"{ONE}/assign", MANAGER, {"assignee": None}),
    Asked("POST", f"{ONE}/transfer", MANAGER, {"icc": "east", "reason": "Moved"}),
    Asked("POST", f"{ONE}/identify", MANAGER, {"nhs_number": "9990000018", "checked": "pds"}),
    Asked("POST", f"{ONE}/merge", MANAGER, {"into": NOBODY, "reason": "One person"}),
    Asked("POST", f"{ONE}/pause", MANAGER, {"reason": "in-hospital"}),
    Asked("POST", f"{ONE}/resume", MANAGER, {}),
    Asked("GET", "/v1/cases", MANAGER),
    Asked("GET", CASE, MANAGER),
    Asked("GET", f"{CASE}/history", MANAGER),
    Asked("GET", f"{CASE}/assessments", MANAGER),
    Asked("POST", f"{CASE}/assessments", MANAGER, ASSESSMENT),
    Asked("GET", f"{CASE}/contacts", MANAGER),
    Asked("POST", f"{CASE}/contacts", MANAGER, {**CONTACT, "at": "2026-06-01T10:00:00Z"}),
    Asked("GET", f"{CASE}/reviews", MANAGER),
    Asked("POST", f"{CASE}/reviews", MANAGER, REVIEW),
    Asked("POST", f"{CASE}/transfer", MANAGER, {"icc": "east", "reason": "Moved"}),
    Asked("POST", f"{CASE}/discharge", MANAGER, DISCHARGE),
    Asked("POST", "/v1/care-plans/search", PLAN_READERS, {}),
    Asked("GET", f"{CASE}/care-plan", PLAN_READERS, refusal=NOT_THERE),
    Asked("PUT", f"{CASE}/care-plan", MANAGER, {}),
    Asked("GET", f"{CASE}/care-plan/versions", MANAGER),
    Asked("GET", f"{CASE}/care-plan/versions/1", MANAGER, refusal=NOT_THERE),
    Asked("GET", f"{CASE}/care-plan/audits", MANAGER),
    Asked("POST", f"{CASE}/care-plan/audits", MANAGER, AUDIT),
    Asked("POST", "/v1/worklists/reassign", MANAGER, {}),
    Asked("POST", "/v1/worklists/cover", MANAGER, {}),
    Asked("GET", "/v1/worklists/me", MANAGER),
    Asked("GET", "/v1/worklists/tracing", MANAGER),
    Asked("GET", "/v1/worklists/kendal", MANAGER, foreign="/v1/worklists/lancaster"),
    Asked("GET", "/v1/worklists/teams/urgent-response", MANAGER, foreign="/v1/worklists/teams/icat"),
    *(
        Asked("GET", f"{CASE}/{paper}", PLAN_READERS, refusal=NOT_THERE)
        for paper in ("care-plan.pdf", "summary.pdf", "summary.json")
    ),
    Asked("GET", "/worklist", MANAGER),
    Asked("GET", "/worklist/referrals/{referral_id}", READERS),
    *(
        Asked("POST", f"{PAGE}/{what}", MANAGER, {})
        for what in ("triage", "assign", "pause", "transfer", "identify", "merge")
    ),
    Asked("GET", f"{PAGE}/same-person", MANAGER),
    *(Asked("POST", f"{PAGE}/{what}", READERS, {}) for what in ("withdraw", "change")),
    Asked("GET", "/sent", READERS),
    *(
        Asked("POST", f"{PAGE}/cases/{NOBODY}/{what}", MANAGER, {})
        for what in (
            "contact",
            "assessment",
            "plan",
            "review",
            "onward",
            "consent",
            "carer",
            "audit",
            "discharge",
        )
    ),
    *(
        Asked("GET", f"{PAGE}/cases/{{case_id}}/{what}", MANAGER)
        for what in ("assessment", "plan", "disclosures")
    ),
    Asked("GET", f"{PAGE}/onward/{{onward_id}}", MANAGER),
    Asked("POST", f"{PAGE}/onward/{{onward_id}}/answer", MANAGER, {}),
    Asked("POST", f"{PAGE}/actions/{NOBODY}/action", MANAGER, {}),
    Asked("POST", f"{PAGE}/discussions/{NOBODY}/benefit", MANAGER, {}),
    Asked("GET", "/worklist/hands", MANAGER),
    *(Asked("POST", f"/worklist/hands/{what}", MANAGER, {}) for what in ("reassign", "cover")),
    Asked("GET", "/refer", SENDERS),
    Asked("POST", "/refer", SENDERS, {}),
    Asked("GET", f"{CASE}/onward-referrals", MANAGER),
    Asked("POST", f"{CASE}/onward-referrals", MANAGER, {"service": "telecare", "reason": "Alarm"}),
    Asked("POST", f"{CASE}/onward-referrals/{{onward_id}}/respond", PARTNERS, NO_ANSWER),
    Asked("POST", f"{CASE}/consents", MANAGER, NO_CONSENT),
    Asked("POST", f"{CASE}/carers", MANAGER, CARER),
    Asked("GET", f"{CASE}/carers", MANAGER),
    Asked("GET", f"{CASE}/consents", MANAGER),
    *(
        Asked("GET", f"{CASE}/{what}/{NOBODY}", MANAGER, refusal=NOT_THERE)
        for what in ("assessments", "contacts", "reviews", "care-plan/audits", "consents", "carers")
    ),
    Asked("GET", f"{CASE}/disclosures", MANAGER),
    Asked("POST", f"{CASE}/break-glass", MANAGER, {"reason": " "}),
    Asked("GET", "/v1/break-glass", AUDITOR),
    Asked("GET", "/v1/onward-referrals", PARTNERS),
    Asked("GET", "/v1/onward-referrals/{onward_id}", PARTNERS),
    Asked("POST", "/v1/onward-referrals/{onward_id}/respond", PARTNERS, NO_ANSWER),
    Asked("POST", "/v1/mdt-meetings", MANAGER, {}),
    Asked("GET", "/v1/mdt-meetings", MANAGER),
    Asked("GET", "/v1/mdt-meetings/evaluation?community=kendal", EVALUATORS, refusal=MAY_NOT),
    Asked("GET", MEETING, MANAGER, refusal=NOT_THERE),
    Asked("PUT", f"{MEETING}/attendees", MANAGER, {}),
    Asked("GET", f"{MEETING}/agenda", MANAGER, refusal=NOT_THERE),
    Asked("POST", f"{MEETING}/agenda", MANAGER, {}),
    Asked("POST", f"{MEETING}/discussions", MANAGER, {}),
    Asked("GET", f"{MEETING}/discussions", MANAGER, refusal=NOT_THERE),
    Asked("POST", f"/v1/mdt-meetings/actions/{NOBODY}/complete", MANAGER, {}),
    Asked("POST", f"{MEETING}/discussions/{NOBODY}/benefit", MANAGER, {}),
    Asked("POST", f"/v1/mdt-meetings/discussions/{NOBODY}/benefit", MANAGER, {}),
    Asked("POST", "/v1/case-finding/lists", PRACTICE | MANAGER, {}),
    Asked("GET", COHORT, PRACTICE | MANAGER, refusal=NOT_THERE),
    Asked("POST", f"{COHORT}/reidentify", PRACTICE, {}),
    Asked("POST", f"{COHORT}/invite", PRACTICE, {}),
    Asked("POST", f"{COHORT}/members/{NOBODY}/answer", PRACTICE, {}),
    Asked("POST", "/FHIR/R4/$process-message", SENDERS, {}),
    Asked("GET", "/FHIR/R4/MessageDefinition", EVERYBODY),
    *(Asked("GET", f"/FHIR/R4/{kind}", READERS) for kind in NOT_IMPLEMENTED),
    *(Asked("POST", f"/FHIR/R4/{kind}", READERS, {}) for kind in NOT_IMPLEMENTED),
    Asked("GET", "/FHIR/R4/Task", READERS),
    Asked("GET", "/FHIR/R4/Task/{referral_id}", READERS),
    Asked("GET", f"/FHIR/R4/ServiceRequest?{PERSON}", READERS),
    Asked("GET", "/FHIR/R4/ServiceRequest/{referral_id}", READERS),
    Asked("POST", "/FHIR/R4/ServiceRequest/_search", READERS, {}),
    Asked("GET", f"/FHIR/R4/CarePlan?{PERSON}", PLAN_READERS),
    Asked("GET", "/FHIR/R4/CarePlan/{case_id}", PLAN_READERS, refusal=NOT_THERE),
    Asked("PUT", f"/FHIR/R4/CarePlan/{NOBODY}", MANAGER, {}),
    Asked("GET", "/v1/deliveries?referral={referral_id}", READERS),
    Asked("POST", "/v1/webhooks", SUBSCRIBERS, {}),
    Asked("GET", "/v1/webhooks", SUBSCRIBERS),
    Asked("GET", f"/v1/webhooks/{NOBODY}", SUBSCRIBERS, refusal=NOT_THERE),
    Asked("DELETE", f"/v1/webhooks/{NOBODY}", SUBSCRIBERS, refusal=NOT_THERE),
    Asked("GET", f"/v1/webhooks/{NOBODY}/deliveries", SUBSCRIBERS, refusal=NOT_THERE),
    Asked("POST", f"/v1/webhooks/{NOBODY}/deliveries/{NOBODY}/replay", SUBSCRIBERS, refusal=NOT_THERE),
    *(Asked("POST", path, LEAD, {}) for path in ("/v1/partners", "/v1/services", *COMMUNITY)),
    *(Asked("GET", path, EVERYBODY) for path in ("/v1/partners", "/v1/services", "/v1/events")),
    *(Asked("GET", path, NEEDS_READERS) for path in (*COMMUNITY, "/v1/needs/kendal")),
    *(Asked("GET", f"/v1/{what}/none", EVERYBODY, refusal=NOT_THERE) for what in ("partners", "services")),
    Asked("PUT", "/v1/partners/none", LEAD, {}),
    Asked("PUT", "/v1/services/none", LEAD, {}),
    Asked("PUT", "/v1/services/none/capacity", LEAD | PARTNERS, {}),
    Asked("GET", "/v1/events.ics", frozenset(ROLES)),
    Asked("POST", "/v1/events.ics", PLANNERS, {}),
    Asked("POST", "/v1/events", PLANNERS, {}),
    Asked("GET", f"/v1/events/{NOBODY}", EVERYBODY, refusal=NOT_THERE),
    Asked("PUT", f"/v1/events/{NOBODY}", PLANNERS, {}),
    Asked("POST", f"/v1/events/{NOBODY}/results", PLANNERS, {}),
    Asked("GET", "/v1/pathways", EVERYBODY),
    Asked("GET", "/v1/reason-codes", EVERYBODY),
    Asked("GET", "/v1/communities", EVERYBODY),
    Asked("GET", "/v1/communities/kendal", EVERYBODY),
    Asked("GET", f"/v1/practices/{KENDAL_PRACTICE}", EVERYBODY),
    Asked("GET", "/v1/facts", SERVICE),
    Asked("POST", "/v1/operations/facts/rebuild", OPERATOR),
    Asked("GET", "/v1/operations/work", OPERATOR),
    Asked("GET", f"/v1/operations/work/{NOBODY}", OPERATOR, refusal=NOT_THERE),
    Asked("POST", f"/v1/operations/work/{NOBODY}/retry", OPERATOR, refusal=NOT_THERE),
    Asked("GET", "/v1/operations/revocations", OPERATOR),
    Asked("POST", "/v1/operations/revocations", OPERATOR, {}),
    Asked("GET", "/v1/audit", AUDITOR),
    Asked("GET", "/metrics", OPERATOR),
]
# A foreign case is what the glass is broken for. A form of a page is found to be ours before its referral is looked for.
FOR_FOREIGN = {f"{CASE}/break-glass"} | {
    one.path for one in ROUTES if one.method == "POST" and one.path.startswith(PAGE)
}
# Nothing is known of this id: whoever may ask is told so.
EMPTY = {(one.method, one.path) for one in ROUTES if one.refusal == NOT_THERE}


def _expected(asked: Asked, role: str, *, own: bool) -> str:
    if role not in asked.roles:
        return MAY_NOT
    if (asked.method, asked.path) in EMPTY:
        return NOT_THERE
    if own or asked.path in FOR_FOREIGN:
        return MAY
    return asked.refusal if asked.foreign else NOT_THERE


def _outcome(answer: httpx.Response) -> str:
    if answer.status_code in (403, 404):
        return str(answer.status_code)
    not_implemented = answer.status_code == 501 and answer.url.path.startswith("/FHIR/")
    assert answer.status_code < 500 or not_implemented, answer.text
    assert answer.status_code != 401, answer.text
    return MAY


def _served(service: Running) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(service.app.routes):
        path = context.path or ""
        if isinstance(context.original_route, APIRoute) and path != "/" and not path.startswith(OPEN):
            yield from ((method, path) for method in context.methods or ())


def _matches(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.partition("?")[0].split("/")
    return len(parts) == len(given) and all(
        a == b or a.startswith("{") for a, b in zip(parts, given, strict=True)
    )


async def _send(service: Running, role: str, org: str, practice: str, *, partner: bool = False) -> str:
    document = a_referral(
        patient=a_patient(registered_practice=practice),
        requester={"partner" if partner else "ods": org},
    )
    headers = keyed(service.token(role, org=org))
    answer = await service.client.post("/v1/referrals", json=document, headers=headers)
    made: str = answer.json()["id"]
    return made


async def _accept(service: Running, referral_id: str) -> str:
    """Opens a referral's case."""
    everywhere = service.token("case-manager", communities=("*",))
    answer = await service.client.post(
        f"/v1/referrals/{referral_id}/triage",
        json={"decision": "accept"},
        headers={**everywhere, "If-Match": 'W/"1"'},
    )
    case_id: str = answer.json()["case_id"]
    return case_id


async def _onward(service: Running, referral: str, community: str, *, to: str) -> dict[str, str]:
    """The ids of the referral's case, and of what it asked of a service."""
    headers = {**keyed(service.token("case-manager", communities=(community,))), "If-Match": 'W/"1"'}
    url = f"/v1/referrals/{referral}/triage"
    accepted = await service.client.post(url, json={"decision": "accept"}, headers=headers)
    case = f"/v1/cases/{accepted.json()['case_id']}"
    agreed = {**NO_CONSENT, "partner": to}
    await service.client.post(f"{case}/consents", json=agreed, headers=headers)
    asked = {"service": to, "reason": "Company"}
    made = await service.client.post(f"{case}/onward-referrals", json=asked, headers=headers)
    return {"case_id": accepted.json()["case_id"], "onward_id": made.json()["id"]}


async def test_every_role_may_do_with_every_row_what_its_scopes_and_rows_say(referrals: Running) -> None:
    of_practice = await _send(referrals, "practice-system", KENDAL_PRACTICE, KENDAL_PRACTICE)
    of_hospital = await _send(referrals, "hospital-system", "RTX", LANCASTER_PRACTICE)
    of_partner = await _send(referrals, "partner", "age-uk", KENDAL_PRACTICE, partner=True)
    orgs = {"practice-system": KENDAL_PRACTICE, "hospital-system": "RTX", "partner": "age-uk"}
    own = {"hospital-system": of_hospital, "partner": of_partner}
    foreign = {"hospital-system": of_practice, "partner": of_practice}
    onward = {
        True: await _onward(referrals, of_practice, "kendal", to="voluntary-befriending"),
        False: await _onward(referrals, of_hospital, "lancaster", to="physiotherapy"),
    }
    lines, wrong, denied = [], [], 0
    cases = {
        of_practice: onward[True]["case_id"],
        of_hospital: onward[False]["case_id"],
        of_partner: await _accept(referrals, of_partner),
    }
    before = await referrals.rows("select version from referral order by id")
    for asked in ROUTES:
        cells = []
        for role in ROLES:
            communities = ("kendal",) if role == "case-manager" else ()
            token = referrals.token(role, org=orgs.get(role), communities=communities)
            for mine in (True, False) if asked.of_rows else (True,):
                row = own.get(role, of_practice) if mine else foreign.get(role, of_hospital)
                path = (asked.foreign if asked.foreign and not mine else asked.path).format(
                    referral_id=row,
                    **(onward[mine] if "{onward_id}" in asked.path else {"case_id": cases[row]}),
                )
                answer = await referrals.client.request(
                    asked.method, path, json=asked.body, headers={**keyed(token), "If-Match": 'W/"99"'}
                )
                outcome, expected = _outcome(answer), _expected(asked, role, own=mine)
                denied += answer.status_code in (403, 404)
                cells.append(outcome)
                if outcome != expected:
                    wrong.append((asked.method, path, role, mine, expected, answer.text[:200]))
        lines.append(f"{asked.method:5} {asked.path:42} {' '.join(f'{one:>4}' for one in cells)}")
    print("\n".join([f"{'':48} {' '.join(ROLES)} (own, foreign where it matters)", *lines]))  # noqa: T201
    assert wrong == []
    assert await referrals.rows("select version from referral order by id") == before
    (audited,) = await referrals.rows(
        "select count(*) from audit where outcome = 'refused' and detail->>'status' in ('403', '404')"
    )
    assert audited["count"] == denied


def test_no_route_is_left_out_of_the_table(referrals: Running) -> None:
    missing = [
        (method, template)
        for method, template in _served(referrals)
        if not any(one.method == method and _matches(template, one.path) for one in ROUTES)
    ]
    assert missing == []
