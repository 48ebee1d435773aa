"""Who works a referral, where it counts, and by when: the rules, over the registry that ships."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.pathways import rules
from services.referrals.pathways.catalogue import catalogue
from shared.calendar import add_working_days, is_working_day
from shared.months import LONDON
from shared.registry import load_registry
from shared.registry.loading import SHIPPED

REGISTRY = load_registry()
DAY = date(2026, 6, 12)

# Practices and their communities: domain registry of April 2020, joined with public ODS lists.
ROUTES = [
    # practice, staying at, named by the sender -> community, counted place
    ("A82026", None, None, "kendal", "A82026"),
    ("A82007", None, None, "barrow", "A82007"),
    ("A82033", None, None, "millom", "A82033"),
    ("P81002", None, None, "lancaster", "P81002"),
    ("Y01008", None, None, "bay-icc", "Y01008"),
    ("A82026", "LA14 1LF", None, "kendal", "A82026"),  # the practice goes before the stay
    ("A82026", None, "east", "east", "A82026"),  # the sender knows; the figure stays with the practice
    ("B86001", "LA9 4JE", None, "kendal", "kendal"),  # registered elsewhere, staying here
    ("B86001", None, None, "unrouted", "not-bay-registered"),
    ("P81029", None, None, "unrouted", "P81029"),  # a Bay practice in no community yet
    ("P81029", "LA9 4JE", None, "kendal", "P81029"),
    (None, "LA9 4JE", None, "kendal", "kendal"),
    (None, "SW1A 1AA", None, "unrouted", "unassigned"),
    (None, None, None, "unrouted", "unassigned"),
    (None, None, "millom", "millom", "millom"),
]


@pytest.mark.parametrize(("practice", "staying_at", "named", "community", "counted"), ROUTES)
def test_a_person_is_routed_by_practice_else_by_where_they_stay(
    practice: str | None, staying_at: str | None, named: str | None, community: str, counted: str
) -> None:
    where = rules.whereabouts(REGISTRY, on=DAY, practice=practice, staying_at=staying_at, named=named)
    assert rules.community_of(where) == community
    assert rules.counted_place(where) == counted


@pytest.mark.parametrize(
    ("icc", "pathway", "priority", "team"),
    [
        ("kendal", "case-management", "routine", "kendal-icc"),
        ("bay-icc", "case-management", "urgent", "bay-icc"),
        ("kendal", "urgent-response", "two-hour", "urgent-response"),
        ("lancaster", "urgent-response", "two-hour", "icat"),  # Lancashire's ICAT takes it there
        ("lancaster", "discharge-to-assess", "urgent", "icat"),
        ("kendal", "discharge-to-assess", "urgent", "urgent-response"),  # until an ICAT exists there
        ("kendal", "case-management", "two-hour", "urgent-response"),  # the priority alone makes it hot
        ("unrouted", "case-management", "routine", "unrouted"),
        ("unrouted", "urgent-response", "two-hour", "urgent-response"),  # the duty for the whole system
        ("unrouted", "discharge-to-assess", "urgent", "urgent-response"),
    ],
)
def test_hot_work_goes_to_the_areas_urgent_team(icc: str, pathway: str, priority: str, team: str) -> None:
    known = catalogue()
    kind = known.team_kind(known.pathways[pathway], priority)
    assert rules.team_of(icc, kind, registry=REGISTRY, on=DAY) == team


@pytest.mark.parametrize(
    ("asked_by", "team"),
    [
        ("P81002", "icat"),  # a practice of Lancaster
        ("A82026", "urgent-response"),
        ("P81029", "urgent-response"),  # in no community itself, so the whole system's
        ("RTX", "urgent-response"),
    ],
)
def test_hot_work_of_an_unknown_place_goes_to_the_urgent_team_of_the_practice_that_asks(
    asked_by: str, team: str
) -> None:
    found = rules.team_of(rules.UNROUTED, "urgent-response", registry=REGISTRY, on=DAY, asked_by=asked_by)
    assert found == team
    proactive = rules.team_of(rules.UNROUTED, "community", registry=REGISTRY, on=DAY, asked_by=asked_by)
    assert proactive == "unrouted"


def test_a_registry_that_leaves_hot_work_without_a_team_is_told_which(tmp_path: Path) -> None:
    document = json.loads(SHIPPED.read_bytes())
    for team in document["teams"]:
        team["duties"] = [
            duty
            for duty in team["duties"]
            if (duty["kind"], duty["area"]) != ("discharge-to-assess", REGISTRY.system)
        ]
    (tmp_path / "registry.json").write_text(json.dumps(document))
    lacking = load_registry(tmp_path / "registry.json")
    assert rules.kinds_without_a_team(catalogue(), registry=lacking, on=DAY) == ["discharge-to-assess"]
    assert rules.kinds_without_a_team(catalogue(), registry=REGISTRY, on=DAY) == []


def test_every_pathway_has_a_team_in_every_area() -> None:
    known = catalogue()
    areas = [community.slug for community in REGISTRY.communities(DAY, "icc")] + [rules.UNROUTED]
    teams = {
        (pathway.key, area, priority): rules.team_of(
            area, known.team_kind(pathway, priority), registry=REGISTRY, on=DAY
        )
        for pathway in known.pathways.values()
        for area in areas
        for priority in rules.PRIORITIES
    }
    assert len(known.pathways) == 23
    assert [where for where, team in teams.items() if team is None] == []


@pytest.mark.parametrize(
    ("pathway", "priority", "received_at", "triage_by", "start_by"),
    [
        # Friday 12 June 2026: two and ten working days on, at 17:00 in England (16:00 UTC in summer).
        ("case-management", "routine", "2026-06-12T09:30", "2026-06-16T16:00", "2026-06-26T16:00"),
        # Christmas 2026: Friday 25th, and Monday 28th in place of Saturday's Boxing Day (gov.uk bank holidays).
        ("case-management", "urgent", "2026-12-24T10:00", "2026-12-29T17:00", "2026-12-30T17:00"),
        # Late on Saturday: counted from the day, so one working day on is the Monday.
        ("reablement", "routine", "2026-06-13T22:30", "2026-06-15T16:00", "2026-06-16T16:00"),
        # Two hours run through the night and the week-end: national standard of urgent community response.
        ("urgent-response", "two-hour", "2026-12-25T23:30", "2026-12-26T00:00", "2026-12-26T01:30"),
        ("case-management", "two-hour", "2026-06-12T09:30", "2026-06-12T10:00", "2026-06-12T11:30"),
        ("urgent-response", "routine", "2026-06-12T09:30", "2026-06-12T10:00", "2026-06-12T11:30"),
        ("discharge-to-assess", "urgent", "2026-06-12T09:30", "2026-06-12T11:30", "2026-06-13T09:30"),
    ],
)
def test_clocks_run_from_receipt_over_englands_working_days(
    pathway: str, priority: str, received_at: str, triage_by: str, start_by: str
) -> None:
    due = rules.due_instants(
        catalogue().pathways[pathway],
        priority=priority,
        received_at=_utc(received_at),
        add_working_days=add_working_days,
    )
    assert due == (_utc(triage_by), _utc(start_by))


@given(
    st.sampled_from(sorted(catalogue().pathways)),
    st.sampled_from(rules.PRIORITIES),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001 -- made aware at once
)
def test_a_referral_is_triaged_before_it_starts_and_a_day_limit_ends_on_a_working_day(
    pathway: str, priority: str, received_at: datetime
) -> None:
    clocks = catalogue().pathways[pathway].clocks[priority]
    triage_by, start_by = rules.due_instants(
        catalogue().pathways[pathway],
        priority=priority,
        received_at=received_at,
        add_working_days=add_working_days,
    )
    assert received_at < triage_by <= start_by
    if clocks.start.working_days is not None:
        local = start_by.astimezone(LONDON)
        assert is_working_day(local.date())
        assert local.time() == rules.DAY_ENDS
    else:
        assert start_by - received_at == timedelta(minutes=clocks.start.minutes or 0)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
