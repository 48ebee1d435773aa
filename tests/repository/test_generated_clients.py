"""A client that openapi-python-client writes from a service's document makes every call of the service."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.months import Month
from tests.outcomes.builders import ROUTES_CSV
from tests.outcomes.measuring import a_measurement
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.repository.generated_client import GeneratedClient, generated_client, identity_for
from tests.support.applications import Applications
from tests.support.running import Running
from tests.trajectories.quarter import KNOWN_AT, a_cell, publish, quarter_cells

# What names something that every service has, or that a test makes first.
USUAL: Mapping[str, Any] = {
    "slug": "kendal",
    "code": "age-uk",
    "version": 1,
    "icc": "kendal",
    "ods": KENDAL_PRACTICE,
    "feed": "reablement",
    "form": "csv",
    "instrument": "swemwbs",
    "key": "reablement-assessments",
    "measure": "reablement-assessments",
    "community": "kendal",
    "month": "2020-01",
    "year": "2020-21",
    "name": "requester-mismatch",
    "referral": UUID("8e5fc76d-e1cf-4004-b4b3-5717a5807e86"),
    "x_request_id": "8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
    "x_correlation_id": "8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
}


@pytest.fixture(scope="module")
def clients() -> dict[str, GeneratedClient]:
    """Filled as they are asked for: writing one takes most of a second."""
    return {}


class Calls:
    """The calls of one service's generated client, and which of them were made."""

    def __init__(self, service: Running, client: GeneratedClient) -> None:
        self.service = service
        self.client = client
        self.made: set[str] = set()

    async def __call__(self, name: str, *, status: int = 200, role: str | None = None, **given: Any) -> Any:
        """The typed answer of a call that has this status, by the first role that may make it unless one is named."""
        operation = self.client.operations[name]
        identity = (
            identity_for(self.service, operation)
            if role is None
            else self.service.token(role, communities=("*",))
        )
        asked = {"idempotency_key": str(uuid4()), **USUAL, **given}
        answered, parsed = await self.client.make(self.service, operation, identity, asked)
        assert answered == status, (name, parsed)
        self.made.add(name)
        return parsed

    async def others(self) -> None:
        """Make every call that a test does not know: with made-up values, so a problem is an answer too."""
        for name, operation in self.client.operations.items():
            if name not in self.made:
                unknown = {one: uuid4() for one in operation.arguments if one.endswith("_id")}
                given = {"idempotency_key": str(uuid4()), "if_match": 'W/"1"', **unknown, **USUAL}
                if operation.body is not None:
                    given["body"] = operation.sample()
                answered, _ = await self.client.make(
                    self.service, operation, identity_for(self.service, operation), given
                )
                assert answered < 500, name


@pytest.fixture
async def calls(
    request: pytest.FixtureRequest,
    applications: Applications,
    clients: dict[str, GeneratedClient],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The calls of the service that the test names."""
    name = request.param
    async with applications.lend(name) as service:
        if name not in clients:
            clients[name] = generated_client(name, service.app.openapi(), tmp_path_factory.mktemp("client"))
        yield Calls(service, clients[name])


async def make_what_every_service_has(calls: Calls) -> None:
    """The calls of operators, auditors and readers of the registry."""
    assert (await calls("read_liveness_health_live_get")).status == "alive"
    assert (await calls("read_readiness_health_ready_get")).checks["database"] == "ok"
    assert "icc_http_requests_total" in await calls("read_metrics_metrics_get")
    assert (await calls("read_keys_well_known_jwks_json_get")).keys
    assert "swagger-ui" in await calls("read_docs_docs_get")
    assert len((await calls("list_communities_v1_communities_get", level="icc")).items) == 8
    assert (await calls("read_community_v1_communities_slug_get")).slug == "kendal"
    assert (await calls("read_practice_v1_practices_ods_get")).ods == KENDAL_PRACTICE
    rebuilding = await calls("rebuild_v1_operations_facts_rebuild_post", status=202)
    assert (await calls("read_work_v1_operations_work_get")).counts
    row = await calls("read_work_row_v1_operations_work_work_get", work=rebuilding.id)
    await calls("retry_work_v1_operations_work_work_retry_post", work=row.id, status=409)
    body = {"client": "gone", "reason": "no longer ours"}
    made = await calls("revoke_v1_operations_revocations_post", body=body, status=201)
    again = await calls("revoke_v1_operations_revocations_post", body=body)
    listed = await calls("list_revocations_v1_operations_revocations_get")
    assert [one.id for one in listed.items] == [made.id] == [again.id]
    assert (await calls("read_audit_v1_audit_get")).items == []  # nothing is sealed yet


@pytest.mark.parametrize("calls", ["referrals"], indirect=True)
async def test_a_generated_client_makes_every_call_of_referrals(calls: Calls) -> None:
    made = await calls("receive_v1_referrals_post", body=a_referral(), status=201)
    read = await calls("read_v1_referrals_referral_id_get", referral_id=made.id)
    assert (read.icc, read.patient.family) == ("kendal", "Archer")
    listed = await calls("of_community_v1_worklists_icc_get", role="case-manager")
    assert [(one.referral_id, one.person.name) for one in listed.items] == [(made.id, "Kathy Archer")]
    hot = await calls("of_team_v1_worklists_teams_team_get", role="case-manager", team="urgent-response")
    assert hot.items == []
    which: dict[str, Any] = {"referral_id": made.id, "if_match": 'W/"1"'}
    await calls("triage_v1_referrals_referral_id_triage_post", **which, body={"decision": "accept"})
    which["if_match"] = 'W/"2"'
    patch = {"priority": "urgent", "patient": {"phone": "01539 722001"}}
    changed = await calls("change_v1_referrals_referral_id_patch", **which, role="case-manager", body=patch)
    assert (changed.priority, changed.version) == ("urgent", 3)
    which["if_match"] = 'W/"3"'
    await calls("withdraw_v1_referrals_referral_id_withdraw_post", **which, role="case-manager", body={})
    assert len((await calls("history_v1_referrals_referral_id_history_get", **which)).items) == 4
    assert [one.id for one in (await calls("index_v1_referrals_get", status_="withdrawn")).items] == [made.id]
    found = await calls("search_v1_referrals_search_post", body={"nhs_number": "9990000018"})
    assert [one.id for one in found.items] == [made.id]
    assert (await calls("read_reason_codes_v1_reason_codes_get")).items
    assert (await calls("pathways_v1_pathways_get")).items
    assert (await calls("read_facts_v1_facts_get")).items == []
    people = b"nhs_number,practice,score,instrument,measured_on\n9990000018,A82026,0.4,efi,2026-06-01\n"
    sent = calls.client.types.File(payload=people)
    taken = await calls("post_list_v1_case_finding_lists_post", status=201, body=sent)
    assert (taken.added, taken.cohort.name) == (1, "risk")
    nothing = calls.client.types.File(payload=b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")
    assert (await calls("post_calendar_v1_events_ics_post", body=nothing)).events == 0
    await make_what_every_service_has(calls)
    await calls.others()


@pytest.mark.parametrize("calls", ["outcomes"], indirect=True)
async def test_a_generated_client_makes_every_call_of_outcomes(calls: Calls) -> None:
    types, body = calls.client.types, "SendSubmissionV1FeedsFeedSubmissionsPostFilesBody"
    file = types.File(payload=BytesIO(ROUTES_CSV), file_name="routes.csv", mime_type="text/csv")
    sent = await calls(
        "send_submission_v1_feeds_feed_submissions_post",
        body=calls.client.model(body)(file=file),
        prefer="respond-async",
        status=202,
    )
    read = await calls(
        "read_submission_v1_feeds_feed_submissions_submission_id_get", submission_id=UUID(str(sent.id))
    )
    assert read.id == sent.id
    listed = await calls("list_submissions_v1_feeds_feed_submissions_get")
    assert [one.id for one in listed.items] == [sent.id]
    errors = await calls(
        "read_errors_v1_feeds_feed_submissions_submission_id_errors_csv_get", submission_id=UUID(str(sent.id))
    )
    assert errors.startswith("\ufeff")
    assert (await calls("list_feeds_v1_feeds_get")).items
    assert "2020-01,kendal" in await calls(
        "read_template_v1_feeds_feed_template_form_get", period="2019-20-Q4"
    )
    assert (await calls("read_completeness_v1_feeds_feed_completeness_get", period="2019-20-Q4")).items
    assert "<feed" in await calls("read_signals_v1_feeds_signals_atom_get")
    assert (await calls("read_facts_v1_facts_get")).items == []
    await make_measurements(calls)
    await make_what_every_service_has(calls)
    await calls.others()


async def make_measurements(calls: Calls) -> None:
    """The calls about instruments and measurements of people."""
    assert len((await calls("list_instruments_v1_instruments_get")).items) == 25
    assert (await calls("read_instrument_v1_instruments_instrument_get")).key == "swemwbs"
    made = await calls("record_v1_measurements_post", body=a_measurement(), status=201)
    assert (made.score, made.metric_score) == (22, 19.98)
    which: dict[str, Any] = {"measurement_id": UUID(str(made.id))}
    assert (await calls("read_v1_measurements_measurement_id_get", **which)).band == "medium"
    right = {**a_measurement(items=[4] * 7), "reason": "Two answers were swapped."}
    better = await calls(
        "correct_v1_measurements_measurement_id_correct_post", **which, body=right, status=201
    )
    found = await calls("search_v1_measurements_search_post", body={"nhs_number": "9990000018"})
    assert [one.id for one in found.items] == [better.id]
    lines = calls.client.types.File(payload=f"{json.dumps(a_measurement(episode='x'))}\n{{".encode())
    answered = await calls("record_batch_v1_measurements_batch_post", body=lines)
    assert len(answered.payload.read().splitlines()) == 2
    found = await calls("search_v1_measurements_search_post", body={"nhs_number": "9990000018"})
    assert len(found.items) == 2
    person = calls.service.platform.keyring.pseudonym("9990000018")
    asked = {"pseudonyms": [person], "instruments": ["swemwbs"]}
    stands = await calls("status_v1_measurements_status_post", body=asked)
    assert [one.occasion for one in stands.items] == ["first"]


@pytest.mark.parametrize("calls", ["trajectories"], indirect=True)
async def test_a_generated_client_makes_every_call_of_trajectories(calls: Calls) -> None:
    answer = await calls(
        "read_performance_v1_performance_get",
        from_="2020-01",
        to="2020-03",
        community="kendal",
        grain="quarter",
    )
    assert [one.community for one in answer.series] == ["kendal"]
    await make_comparisons(calls)
    chart = "read_chart_v1_performance_measure_community_chart_form_get"
    assert (await calls(chart, form="svg", from_="2020-01", to="2020-03")).payload.read().startswith(b"<svg")
    assert len((await calls("read_measures_v1_measures_get")).items) > 10
    assert (await calls("read_measure_v1_measures_key_get")).key == "reablement-assessments"
    assert (await calls("read_subscriptions_v1_operations_facts_get")).items is not None
    # Bytes, for httpx sends no open file asynchronously; only a form's part.
    file = calls.client.types.File(payload=f"month,practice,count\n2020-01,{KENDAL_PRACTICE},3\n".encode())
    sent = await calls("send_activity_v1_activity_submissions_post", body=file, measure="registered")
    which: dict[str, Any] = {"submission_id": UUID(str(sent.id))}
    assert (await calls("read_activity_v1_activity_submissions_submission_id_get", **which)).figures == 1
    errors = await calls("read_activity_errors_v1_activity_submissions_submission_id_errors_csv_get", **which)
    assert errors.startswith("\ufeff")
    assert "practice" in await calls("read_template_v1_activity_template_get", kind="counts")
    await make_what_every_service_has(calls)
    await calls.others()


async def make_comparisons(calls: Calls) -> None:
    """What is made of the report, of a council's real quarter that was restated once."""
    await publish(calls.service, quarter_cells())
    better = a_cell("reablement-assessments", Month(2020, 1), "kendal", 30, route="community")
    await publish(calls.service, [better], known_at=KNOWN_AT + timedelta(days=1))
    asked: dict[str, Any] = {"role": "analyst", "community": "morecambe-bay"}
    months = {**asked, "from_": "2020-01", "to": "2020-03", "include": "spc,target,bay"}
    ranged = await calls("read_performance_v1_performance_get", **months)
    assert [[point.value for point in one.points] for one in ranged.series] == [[164, 140, 179]]
    matrix = await calls("read_matrix_v1_performance_matrix_get", **asked, reference="2020-03")
    (barrow,) = [one for one in matrix.items if (one.community, one.measure) == ("barrow", USUAL["measure"])]
    assert (barrow.value, barrow.month, barrow.suppressed) == (47, "2020-03", False)
    rate = {**asked, "measure": "reablement-plan-rate", "period": "2019-20-Q4"}
    compared = await calls("read_comparison_v1_performance_compare_get", **rate)
    assert all(one.lower < one.value < one.upper for one in compared.items if one.value is not None)
    assert 0.5 < compared.funnel.centre < 1
    past = await calls("read_revisions_v1_performance_revisions_get", role="analyst")
    assert [(one.value, one.change) for one in past.items] == [(27, None), (38, 11)]
