"""Promises of one version's arithmetic, whatever practices had: both levels add up, and nothing depends on order or scale."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from services.trajectories.shares.rules.drafting import Drafted, PlaceShare, Standing, draft_shares
from services.trajectories.shares.rules.windows import ChosenWindow
from shared.months import Month, month_range

MONTHS = month_range(Month(2019, 4), Month(2019, 6))
WINDOW = ChosenWindow(MONTHS[0], MONTHS[-1], tuple(MONTHS), ())
COMMUNITIES = ("east", "north", "west")

activities = st.dictionaries(
    st.from_regex(r"Z0000[0-9]", fullmatch=True),
    st.tuples(*[st.integers(0, 400)] * len(MONTHS)),
    min_size=1,
    max_size=8,
)
plans = st.lists(st.integers(0, 300), min_size=1, max_size=12)


def draft(given_: Mapping[str, tuple[int, ...]], plan: list[int], *, times: int = 1) -> Drafted:
    """A version of these practices, spread over three communities by the last figure of their codes."""
    activity = {
        code: {month: count * times for month, count in zip(MONTHS, counts, strict=True)}
        for code, counts in given_.items()
    }
    standings = {code: Standing(code, COMMUNITIES[int(code[-1]) % 3]) for code in given_}
    return draft_shares(activity, standings, COMMUNITIES, window=WINDOW, plan=plan, new_practices="literal")


def of_kind(drafted: Drafted, kind: str) -> list[PlaceShare]:
    return [one for one in drafted.places if one.kind == kind]


@given(activities, plans)
def test_practices_add_up_to_communities_and_communities_to_the_bay(
    activity: dict[str, tuple[int, ...]], plan: list[int]
) -> None:
    drafted = draft(activity, plan)
    if not drafted.total:
        assert {one.integers for one in drafted.places} == {None}
        return
    communities = of_kind(drafted, "community")
    for month, units in enumerate(plan):
        assert sum((one.integers or ())[month] for one in communities) == units
        for community in communities:
            own = [one for one in of_kind(drafted, "practice") if one.community == community.place]
            assert sum((one.integers or ())[month] for one in own) == (community.integers or ())[month] or (
                not own and community.numerator == 0
            )


@given(activities, plans)
def test_running_totals_stay_within_one_of_exact_and_within_two_at_practices(
    activity: dict[str, tuple[int, ...]], plan: list[int]
) -> None:
    drafted = draft(activity, plan)
    for place in drafted.places if drafted.total else ():
        within = 1 if place.kind == "community" else 2
        integers = place.integers or ()
        assert min(integers, default=0) >= 0
        assert place.numerator or not any(integers)
        for had, planned in zip(accumulate(integers), accumulate(plan), strict=True):
            assert abs(had - Fraction(place.numerator * planned, drafted.total)) < within


@given(activities, plans, st.integers(2, 1000))
def test_neither_the_order_of_practices_nor_the_scale_of_their_figures_matters(
    activity: dict[str, tuple[int, ...]], plan: list[int], times: int
) -> None:
    def integers(drafted: Drafted) -> dict[str, tuple[int, ...] | None]:
        return {one.place: one.integers for one in drafted.places}

    turned = dict(reversed(activity.items()))
    assert draft(turned, plan) == draft(activity, plan)
    assert integers(draft(activity, plan, times=times)) == integers(draft(activity, plan))
