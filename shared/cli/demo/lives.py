"""Referrals of invented people with their whole life: who refers, what is decided, what is done, how it ends. Pure.

How far a case has come follows from its age at the scene's end: a new one waits for triage, an old one is closed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any, Literal

from shared.cli.demo.people import Person, people
from shared.cli.demo.scene import Scene

What = Literal["triage", "contact", "assessment", "care-plan", "onward", "review", "discharge"]
DAYS = 700
"""From the first referral to the last."""
PATHWAYS = {
    "case-management": 24,
    "care-coordination": 20,
    "social-prescribing": 16,
    "falls-prevention": 12,
    "mdt-frailty": 8,
    "rehabilitation": 7,
    "health-coaching": 5,
    "carer-support": 4,
    "end-of-life": 2,
    "discharge-to-assess": 2,
}
WHOLE = frozenset({"case-management", "care-coordination", "falls-prevention", "mdt-frailty"})
"""Those with an assessment and a care plan."""
HOSPITAL_S = "discharge-to-assess"
FHIR_SENDERS = frozenset({"A82026", "A82071", "Y01008"})
"""The practices whose systems speak FHIR here."""
REASONS = {
    "falls-prevention": "Two falls at home this year; afraid of the stairs",
    "mdt-frailty": "Frailty with several medicines; admitted twice since last winter",
    "social-prescribing": "Lives alone and sees nobody for days",
    "carer-support": "Looks after a husband with dementia and sleeps badly",
}
USUAL_REASON = "Several conditions; needs one person who keeps the whole in view"
SERVICES = ("physiotherapy", "adult-social-care-ot", "district-nursing", "housing", "telecare")
REFUSALS = ("not-eligible", "already-known", "person-declined")
TRIAGED, MET, ASSESSED, PLANNED, CLOSED = 4, 12, 25, 40, 120
"""Days of a referral's age by which each step has been done."""
REFUSED, CUT_SHORT, STAYS, ONWARD = 0.06, 0.35, 0.10, 0.45
AVOIDED = ("gp-visit", "ed-attendance", "hospital-admission")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to a referral. then: what a partner answers to an onward referral."""

    what: What
    body: dict[str, Any]
    then: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A referral and what becomes of it. sender: the ODS code of who refers.   community: who works it.

    by_fhir: whether it comes through the national door.
    """

    sender: str
    community: str
    by_fhir: bool
    referral: dict[str, Any]
    acts: Sequence[Act]

    @property
    def is_open(self) -> bool:
        """Whether it has a case, or waits for one, that did not end."""
        ended = any(act.what == "discharge" or act.body.get("decision") == "reject" for act in self.acts)
        return not ended


def lives(scene: Scene, how_many: int) -> Iterator[Life]:
    """So many referrals, each of another person."""
    chance = scene.chance("referrals")
    for person in islice(people(scene), how_many):
        yield _life(scene, chance, person)


def _life(scene: Scene, chance: random.Random, person: Person) -> Life:
    pathway = chance.choices(list(PATHWAYS), list(PATHWAYS.values()))[0]
    age = int(DAYS * chance.random() ** 2)  # so that much of it is still being worked
    at = datetime.combine(
        scene.last.last_day - timedelta(days=age), time(chance.randrange(9, 17), chance.randrange(60)), UTC
    )
    sender = "RTX" if pathway == HOSPITAL_S else person.surgery.code
    referral = {
        "message_id": f"demo-{scene.seed}-{scene.last}-{person.nhs_number[-7:]}",
        "patient": {
            "nhs_number": person.nhs_number,
            "family": person.family,
            "given": person.given,
            "birth_date": f"{person.birth_date}",
            "gender": person.gender,
            "registered_practice": person.surgery.code,
        },
        "requester": {"ods": sender, "name": "Demonstration"},
        "referred_at": at.isoformat(),
        "pathway": pathway,
        "priority": "urgent" if chance.random() < 0.12 else "routine",  # noqa: PLR2004 -- one in eight
        "reason": REASONS.get(pathway, USUAL_REASON),
        "legal_basis": "direct-care",
    }
    by_fhir = person.surgery.code in FHIR_SENDERS and pathway != HOSPITAL_S
    return Life(sender, person.surgery.community, by_fhir, referral, tuple(_acts(chance, pathway, at, age)))


def _acts(chance: random.Random, pathway: str, at: datetime, age: int) -> Iterator[Act]:
    """What was done by the scene's end, in order."""
    if age < TRIAGED:
        return
    if chance.random() < REFUSED:
        yield Act("triage", {"decision": "reject", "reason_code": chance.choice(REFUSALS)})
        return
    yield Act("triage", {"decision": "accept"})
    if age < MET:
        return
    met = at + timedelta(days=chance.randint(2, MET - 1))
    yield Act("contact", _contact(chance, met))
    short = pathway not in WHOLE or chance.random() < CUT_SHORT
    if not short:
        yield from _whole(chance, at, age)
    if age >= CLOSED and chance.random() > STAYS:
        yield Act("discharge", _discharge(chance, at, age))


def _whole(chance: random.Random, at: datetime, age: int) -> Iterator[Act]:
    """An assessment, a plan, perhaps what others are asked for, and a review."""
    if age < ASSESSED:
        return
    assessed = at.date() + timedelta(days=chance.randint(MET, ASSESSED - 1))
    risk = chance.choices(("low", "moderate", "high"), (3, 4, 3))[0]
    yield Act(
        "assessment",
        {
            "assessed_on": f"{assessed}",
            "kind": "holistic",
            "domains": [
                {"domain": "falls", "findings": "Demonstration: gait and home looked at", "risk": risk},
                {"domain": "mood", "findings": "Demonstration: talked about company and sleep"},
            ],
        },
    )
    if age < PLANNED:
        return
    yield Act("care-plan", _plan(at + timedelta(days=chance.randint(70, 110))))
    if chance.random() < ONWARD:
        answered = {"status": "completed", "outcome": "Demonstration: done"} if age > CLOSED else None
        asked = {"service": chance.choice(SERVICES), "reason": "Demonstration: please see at home"}
        yield Act("onward", asked, answered if chance.random() > STAYS else None)
    if age >= CLOSED:
        reviewed = at.date() + timedelta(days=chance.randint(75, CLOSED - 20))
        yield Act("review", {"reviewed_on": f"{reviewed}", "summary": "Demonstration: goals gone through"})


def _contact(chance: random.Random, at: datetime) -> dict[str, Any]:
    visit = chance.random() < 0.6  # noqa: PLR2004 -- three in five are visited
    return {
        "at": at.isoformat(),
        "kind": "visit" if visit else "call",
        "with": "person",
        "outcome": "done",
        "face_to_face": visit,
    }


def _plan(review: datetime) -> dict[str, Any]:
    return {
        "goals": [{"text": "Demonstration: to walk to the shop again"}],
        "actions": [{"text": "Demonstration: rails for the stairs", "owner": "Occupational therapist"}],
        "review_on": f"{review.date()}",
        "consent_to_share": True,
    }


def _discharge(chance: random.Random, at: datetime, age: int) -> dict[str, Any]:
    outcome = chance.choices(("goals-met", "goals-partly-met", "no-contact", "referred-on"), (6, 3, 1, 1))[0]
    body: dict[str, Any] = {
        "discharged_on": f"{at.date() + timedelta(days=chance.randint(CLOSED - 19, min(age, CLOSED + 40)))}",
        "outcome": outcome,
    }
    if outcome == "goals-met" and chance.random() < 0.4:  # noqa: PLR2004 -- two in five
        body["avoided"] = [
            {"kind": chance.choice(AVOIDED), "count": chance.randint(1, 3), "judged_by": "case-manager"}
        ]
    return body
