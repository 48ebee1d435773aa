"""Whatever is done to referrals and their cases, in any order: what is open stands on one list, and each list's counts are its items."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.referrals.records.states import ITEM_STAGES, OPEN_STATUSES
from tests.referrals.acting import act, manager, read
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, DISCHARGE, PLAN, REVIEW, the_case, work
from tests.referrals.listing import LISTS, worklist
from tests.referrals.sending import post
from tests.support.running import Running

OF_REFERRAL: dict[str, tuple[str, dict[str, Any]]] = {
    "accept": ("triage", {"decision": "accept"}),
    "ask": ("triage", {"decision": "request-information"}),
    "answer": ("answer", {"text": "Yes"}),
    "withdraw": ("withdraw", {}),
    "reopen": ("reopen", {"comment": "Again"}),
    "move": ("transfer", {"icc": "lancaster", "reason": "Moved"}),
    "pause": ("pause", {"reason": "in-hospital"}),
}
OF_CASE: dict[str, tuple[str, dict[str, Any]]] = {
    "contact": ("contacts", CONTACT),
    "assess": ("assessments", ASSESSMENT),
    "review": ("reviews", REVIEW),
    "send on": ("onward-referrals", {"service": "physiotherapy", "reason": "Balance"}),
    "discharge": ("discharge", DISCHARGE),
}
SENT: tuple[dict[str, Any], ...] = (
    {},
    {"pathway": "urgent-response", "priority": "two-hour"},
    {"pathway": "falls-prevention"},
)
# Most of what can go wrong goes wrong with a case, and with what stands beside it.
BEGUN = ((0, "accept"), (0, "send on"), (1, "accept"))
OUTLASTING = {"onward-answer", "alert"}
"""What partners still have to answer, and their refusals: a discharge ends neither."""
WHATS = [*OF_REFERRAL, *OF_CASE, "accept", "discharge", "plan", "decline"]


async def _do(service: Running, sent: dict[str, Any], what: str) -> None:
    """Try one thing, as whoever does such things. It is done, or refused for the state that the referral is in."""
    by = manager(service, "*")
    current = await read(service, sent, by=by)
    if what in OF_REFERRAL:
        path, body = OF_REFERRAL[what]
        asks = service.token("practice-system", org=KENDAL_PRACTICE) if what == "answer" else by
        answer = await act(service, current, path, body, by=asks)
        assert answer.status_code in (200, 409), answer.text
    elif current["case_id"] is not None:
        await _work(service, await the_case(service, current["case_id"], by=by), what, by)


async def _work(service: Running, case: dict[str, Any], what: str, by: dict[str, str]) -> None:
    url = f"/v1/cases/{case['id']}"
    if what == "plan":
        answer = await service.client.put(f"{url}/care-plan", json=PLAN, headers={**by, "If-Match": "*"})
        assert answer.status_code in (200, 409, 412), answer.text
    elif what == "decline":
        asked = (await service.client.get(f"{url}/onward-referrals", headers=by)).json()["items"]
        for one in asked[:1]:
            answer = await service.client.post(
                f"/v1/onward-referrals/{one['id']}/respond",
                json={"status": "declined"},
                headers=service.token("partner", org="physiotherapy"),
            )
            assert answer.status_code in (200, 409), answer.text
    else:
        path, body = OF_CASE[what]
        answer = await work(service, case, path, body, by=by)
        assert answer.status_code in (200, 201, 409, 422), answer.text


async def _found(service: Running) -> dict[str, list[tuple[str, str]]]:
    """Referral → the lists on which it stands and its stages there; each list's counts are those of its items."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in LISTS:
        listed = await worklist(service, name, query="?limit=500")
        counted = Counter(
            {
                (stage, state): many
                for stage, states in listed["counts"].items()
                for state, many in states.items()
            }
        )
        assert +counted == Counter((one["stage"], one["state"]) for one in listed["items"])
        for one in listed["items"]:
            found.setdefault(one["referral_id"], []).append((name, one["stage"]))
    return found


@given(
    tried=st.lists(st.tuples(st.integers(0, len(SENT) - 1), st.sampled_from(WHATS)), min_size=4, max_size=14)
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_whatever_is_done_each_list_counts_its_items_and_what_is_open_stands_on_one(
    referrals: Running, tried: list[tuple[int, str]]
) -> None:
    sent = [await post(referrals, a_referral(**changes)) for changes in SENT]
    for which, what in [*BEGUN, *tried]:
        await _do(referrals, sent[which], what)
    found = await _found(referrals)
    for one in sent:
        stands = await read(referrals, one, by=manager(referrals, "*"))
        places = found.get(one["id"], [])
        own = [stage for _, stage in places if stage not in ITEM_STAGES]
        assert own == ([stands["stage"]] if stands["status"] in OPEN_STATUSES else [])
        assert len({name for name, _ in places}) == 1 or (
            not places and stands["status"] not in OPEN_STATUSES
        )
        beside = {stage for _, stage in places if stage in ITEM_STAGES}
        assert stands["status"] in OPEN_STATUSES or beside <= OUTLASTING
