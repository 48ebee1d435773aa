"""What stands on the pages: the council's real quarter, two years of admissions made up, and a day's worth of casework."""

from typing import Any

from services.trajectories.ingest.authoring import author_facts
from shared.facts.cells import Cell
from shared.months import Month
from shared.registry import load_registry
from tests.outcomes.sending import send
from tests.referrals.acting import manager
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, PLAN, a_case, work, worked
from tests.referrals.meetings import discussed, frail, held, to_do
from tests.referrals.onward import a_case as asking_case
from tests.referrals.onward import asked
from tests.referrals.sending import post
from tests.support.quarter import as_csv, routes_table
from tests.support.running import Running
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import publish, quarter_cells
from tests.trajectories.writing import written

LAST = Month(2020, 3)
MONTHS = 24
ADMISSIONS = "non-elective-admissions"
SPREAD = (50, 52, 49, 51, 50, 53)
RISEN = 90
"""What Kendal's practices have in the last month instead: unusual, and a concern."""
AGES = ("65-74", "85-and-over")


def admissions() -> list[Cell]:
    """Two years of admissions of every practice, in two ages, steady but for Kendal's last month."""
    registry = load_registry()
    day = LAST.first_day
    return [
        Cell(
            measure=ADMISSIONS,
            month=LAST - at,
            place=code,
            source="hospital",
            numerator=RISEN if icc == "kendal" and at == 0 else SPREAD[at % len(SPREAD)],
            breakdowns=(("age", age),),
            provenance={"submission": "s1"},
        )
        for icc in ("kendal", "east", "lancaster")
        for code in registry.practices_of(icc, day)
        for at in range(MONTHS)
        for age in AGES
    ]


async def fill_trajectories(service: Running) -> None:
    """Figures, a target, and what was said of them; published."""
    await publish(service, quarter_cells())
    async with service.platform.database.transaction() as session:
        await author_facts(session, admissions())
    await service.app.state.reporting.version.ask()
    target = {
        "community": "kendal",
        "measure": ADMISSIONS,
        "period": str(LAST),
        "kind": "value",
        "value": 300,
    }
    await written(service, "PUT", "/v1/targets", {**target, "unit": "count"}, role="analyst")
    note = {"month": str(LAST), "kind": "data-quality", "text": "Admissions are made up for tests."}
    await written(service, "POST", "/v1/annotations", note)
    await cut(service)


async def fill_outcomes(service: Running) -> None:
    """Cumbria's return, accepted."""
    sent = await send(service, as_csv(routes_table()))
    assert sent["status"] == "accepted"


async def fill_referrals(service: Running) -> None:
    """Two referrals that wait in Kendal, and a case with its plan."""
    flags: list[dict[str, Any]] = [{"kind": "safeguarding", "text": "Two at a visit"}]
    await post(service, a_referral(priority="urgent", patient=a_patient(flags=flags)))
    await post(service, a_referral(patient=a_patient(nhs_number="9990000026", given="Bill")))
    person = a_patient(nhs_number="9990000034", given="Ann", family="Field")
    case = await a_case(service, a_referral(patient=person))
    case = await worked(service, case, "assessments", ASSESSMENT)
    await work(service, case, "contacts", CONTACT)
    written_plan = await service.client.put(
        f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers={**manager(service), "If-Match": "*"}
    )
    assert written_plan.status_code == 200, written_plan.text


async def a_partners_link(service: Running) -> str:
    """The address of a question to a partner that nobody has answered."""
    case = await asking_case(service, patient=a_patient(nhs_number="9990000042", given="Joan"))
    onward: dict[str, str] = await asked(service, case)
    return onward["link"]


async def an_asking_record(service: Running) -> str:
    """The address of a record whose case asks a partner for something."""
    case = await asking_case(service, patient=a_patient(nhs_number="9990000085", given="Mary"))
    await asked(service, case)
    return f"/worklist/referrals/{case['id']}"


async def a_discussed_case(service: Running) -> str:
    """The address of a record whose case a meeting discussed, with an action and the benefit to be asked."""
    case, meeting = await frail(service, "9990000077"), await held(service)
    await discussed(service, meeting, case, actions=[to_do()])
    return f"/worklist/referrals/{case['referral_id']}"


async def a_referral_to_triage(service: Running) -> dict[str, Any]:
    """One more referral for a test of its own."""
    return await post(service, a_referral(pathway="falls-prevention"))
