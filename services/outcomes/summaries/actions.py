"""What a summary says to whom: exactly of one's own, as it was published to everybody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.outcomes.instruments.declarations import Instrument, Instruments, Threshold
from services.outcomes.instruments.schemas import threshold_answer
from services.outcomes.measurements.sight import READ, sight
from services.outcomes.summaries.publishing import Publication, publication_of
from services.outcomes.summaries.queries import Asked, firsts, follow_ups, newest_day, pairs
from services.outcomes.summaries.rules.pairs import FEW_PAIRS, ChangeStatistics, change_statistics
from services.outcomes.summaries.rules.protection import BASE, POLICY, THRESHOLD, Face
from services.outcomes.summaries.rules.snapshots import CHANGED, shown_at, shown_of_whole
from services.outcomes.summaries.rules.tables import Paired, bands_of, distribution, paired
from services.outcomes.summaries.schemas import (
    DistributionAnswer,
    IntervalAnswer,
    PairedAnswer,
    SummaryAnswer,
    SummaryProtection,
)
from shared.months import Month, Period, financial_quarter, london_day
from shared.problems import Invalid
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act

DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class SummaryQuestion:
    """What was asked: of which instrument, place, programme and days, and by which threshold."""

    instrument: str
    icc: str | None
    programme: str | None
    since: date | None
    until: date | None
    threshold: str | None


async def summarise(act: Act, question: SummaryQuestion, instruments: Instruments) -> SummaryAnswer:
    """The summary as the caller may see it. Raises Invalid."""
    instrument = _instrument(question.instrument, instruments)
    threshold = _threshold(instrument, question.threshold)
    if question.since is not None and question.until is not None and question.since > question.until:
        raise Invalid.one("date.order", "/from", "The range ends before it begins.")
    places = None if question.icc is None else _members(act, question.icc)
    exact = _exact(act, instrument, question, places)
    if exact is not None:
        return await _exactly(act, question, instrument, exact, threshold=threshold)
    return await _as_published(act, question, instrument)


def _instrument(key: str, instruments: Instruments) -> Instrument:
    found = instruments.get(key)
    if found is None or found.subject != "person":
        detail = "There is no such instrument of people; `GET /v1/instruments` lists them."
        raise Invalid.one("code.unknown", "/instrument", detail)
    return found


def _threshold(instrument: Instrument, key: str | None) -> Threshold | None:
    if key is None:
        return instrument.default_threshold
    found = instrument.threshold(key)
    if found is None:
        known = ", ".join(one.key for one in instrument.thresholds) or "none"
        raise Invalid.one("code.unknown", "/threshold", f"{instrument.key} declares {known}.")
    return found


def _members(act: Act, icc: str) -> tuple[str, ...]:
    """A community or line with all that lies in it. Raises Invalid."""
    try:
        found = act.registry.find(icc)
    except AmbiguousCommunity as ambiguous:
        raise Invalid.one(ambiguous.code, "/icc", ambiguous.detail) from None
    if found is None or found.kind not in ("community", "line"):
        near = act.registry.nearest_key(icc)
        hint = f" The nearest is “{near}”." if near else ""
        raise Invalid.one("icc.unknown", "/icc", f"There is no such community or line.{hint}")
    return act.registry.members(icc, london_day(act.now))


def _exact(
    act: Act, instrument: Instrument, question: SummaryQuestion, places: tuple[str, ...] | None
) -> Asked | None:
    """The measurements that the caller sees one by one, where what is asked lies within them; else None."""
    if not act.caller.has(READ):
        return None
    seen = sight(act.caller, registry=act.registry, on=london_day(act.now))
    org = None
    if seen.org is not None:
        if places is not None:
            return None
        org = seen.org
    elif not seen.everything:
        places = seen.communities if places is None else places
        if not set(places) <= set(seen.communities):
            return None
    return Asked(
        instrument.key,
        places,
        org,
        question.programme,
        question.since,
        question.until,
        is_answer=bool(instrument.answers),
        has_levels=instrument.counts is not None,
    )


async def _exactly(
    act: Act,
    question: SummaryQuestion,
    instrument: Instrument,
    asked: Asked,
    *,
    threshold: Threshold | None,
) -> SummaryAnswer:
    bands = bands_of(instrument)
    found = await pairs(act.session, asked)
    first = distribution(await firsts(act.session, asked), bands)
    repeat = distribution(found, bands)
    changes = paired(found, bands, instrument, threshold)
    notes = [*_of_whom(act, question), *_notes(instrument, changes.n, threshold=threshold)]
    if changes.left_out:
        notes.append(
            f"{changes.left_out} pairs are left out: their two measurements are of two editions, or count other levels."
        )
    if beside := await follow_ups(act.session, asked):
        notes.append(f"{beside} follow-ups are no repeats, and are left out.")
    return SummaryAnswer.model_validate(
        {
            **_head(question, instrument, threshold),
            "from": question.since,
            "to": question.until,
            "first": DistributionAnswer(n=first.n, bands={**first.bands}, suppressed=False),
            "repeat": DistributionAnswer(n=repeat.n, bands={**repeat.bands}, suppressed=False),
            "paired": _paired(changes),
            "protection": None,
            "notes": notes,
        }
    )


def _head(
    question: SummaryQuestion, instrument: Instrument, threshold: Threshold | None
) -> dict[str, object]:
    sets = [instrument.default_band_set(edition) for edition in instrument.editions or (None,)]
    return {
        "instrument": instrument.key,
        "icc": question.icc,
        "programme": question.programme,
        "band_sets": [one.key for one in sets if one is not None],
        "threshold": None if threshold is None else threshold_answer(threshold),
    }


def _paired(found: Paired) -> PairedAnswer:
    statistics = None if found.changes is None else change_statistics(found.changes)
    return PairedAnswer(
        n=found.n,
        matrix={first: {**row} for first, row in found.matrix.items()},
        improved=found.improved,
        same=found.same,
        worse=found.worse,
        **_statistics(statistics, DECIMALS),
        suppressed=False,
    )


def _statistics(found: ChangeStatistics | None, decimals: int) -> dict[str, object]:
    if found is None:
        return {"mean_change": None, "interval": None, "effect_size": None}
    interval = None
    if found.lower is not None and found.upper is not None:
        interval = IntervalAnswer(lower=round(found.lower, decimals), upper=round(found.upper, decimals))
    effect = None if found.effect_size is None else round(found.effect_size, decimals)
    return {"mean_change": round(found.mean, decimals), "interval": interval, "effect_size": effect}


def _of_whom(act: Act, question: SummaryQuestion) -> Sequence[str]:
    """Of whom an exact summary without a community is."""
    if question.icc is not None or act.caller.all_communities:
        return ()
    if act.caller.communities is None:
        return ("Of the measurements that your organisation sent or is named in.",)
    return ("Of the communities of your token.",)


def _notes(instrument: Instrument, n: int | None, *, threshold: Threshold | None) -> list[str]:
    notes = []
    if n is not None and n < FEW_PAIRS:
        who = "1 person has" if n == 1 else f"{n} people have"
        notes.append(f"Only {who} a pair of measurements: from {FEW_PAIRS} people on means may be compared.")
    if not instrument.averages:
        notes.append("Its levels are no distances, so there is no mean change.")
    if threshold is None:
        told = (
            "its target is each person's own" if instrument.takes_target else "none is declared for the score"
        )
        notes.append(f"Nobody is called improved or worse without a threshold: {told}.")
    return notes


async def _as_published(act: Act, question: SummaryQuestion, instrument: Instrument) -> SummaryAnswer:
    """What was published of the question. Raises Invalid where nothing of the kind ever is."""
    threshold = instrument.default_threshold
    offered = _Offered(act, instrument)
    quarter = await offered.quarter(question)
    publication = await publication_of(act, instrument, quarter)
    return SummaryAnswer.model_validate(
        {
            **_head(question, instrument, threshold),
            "icc": question.icc or act.registry.system,
            "from": quarter.first.first_day,
            "to": quarter.last.last_day,
            **_published(act, publication, instrument, question.icc),
            "protection": SummaryProtection(
                policy=POLICY, threshold=THRESHOLD, base=BASE, published_at=publication.published_at
            ),
        }
    )


def _published(
    act: Act, publication: Publication, instrument: Instrument, icc: str | None
) -> Mapping[str, object]:
    whole = icc is None or icc == act.registry.system
    first, later = (
        shown_of_whole(part, instrument) if whole else shown_at(part, str(icc), instrument)
        for part in (publication.firsts, publication.later)
    )
    bands, judged = bands_of(instrument), instrument.default_threshold is not None and instrument.sign != 0
    hides_matrix = bool(later.matrix.cells) and later.matrix.hides
    matrix = {one: {other: later.matrix.cells[f"{one}>{other}"] for other in bands} for one in bands}
    notes = [
        "These figures were published: people of one quarter, small numbers hidden and others rounded to 5.",
        *_notes(instrument, later.changed.n, threshold=instrument.default_threshold),
    ]
    if first.people.n is None or later.people.n is None:
        notes.append("Too few people were measured, here or in a community beside it, to tell more.")
    changed = {name: later.changed.cells[name] if judged else None for name in CHANGED}
    statistics = later.statistics if instrument.averages else None
    return {
        "first": _distribution(first.people),
        "repeat": _distribution(later.people),
        "paired": PairedAnswer.model_validate(
            {
                "n": later.changed.n,
                "matrix": None if hides_matrix else matrix,
                **changed,
                **_statistics(statistics, 1),
                "suppressed": later.changed.n is None or hides_matrix or (judged and later.changed.hides),
            }
        ),
        "notes": notes,
    }


def _distribution(face: Face) -> DistributionAnswer:
    return DistributionAnswer(n=face.n, bands=face.cells, suppressed=face.hides)


class _Offered:
    """What is published at all: one quarter that is over, of the whole or of one community, by the default threshold."""

    def __init__(self, act: Act, instrument: Instrument) -> None:
        self._act = act
        self._instrument = instrument
        self._today = london_day(act.now)

    async def quarter(self, question: SummaryQuestion) -> Period:
        """The quarter that is asked for, by its days or by none. Raises Invalid."""
        self._check(question)
        if question.since is None and question.until is None:
            return await self._newest()
        if question.since is not None and question.until is not None:
            period = financial_quarter(Month.of(question.since))
            days = (period.first.first_day, period.last.last_day)
            if days == (question.since, question.until) and days[1] < self._today:
                return period
        raise self._refused("/from", "one whole quarter that is over")

    def _check(self, question: SummaryQuestion) -> None:
        registry, icc = self._act.registry, question.icc
        if question.programme is not None:
            raise self._refused("/programme", "all programmes together")
        default = self._instrument.default_threshold
        if question.threshold is not None and (default is None or default.key != question.threshold):
            raise self._refused("/threshold", "the default threshold")
        if icc is not None and icc != registry.system and not registry.counts_as_icc(icc, self._today):
            raise self._refused("/icc", f"each ICC, or {registry.system}")

    async def _newest(self) -> Period:
        """The newest quarter that is over in which anybody was measured, else the newest."""
        current = financial_quarter(Month.of(self._today)).first.first_day
        places = self._act.registry.members(self._act.registry.system, self._today)
        day = await newest_day(self._act.session, self._instrument.key, places=places, before=current)
        return financial_quarter(Month.of(day or current - timedelta(days=1)))

    def _refused(self, pointer: str, offered: str) -> Invalid:
        example = financial_quarter(Month.of(self._today) - 3)
        whole = f"from={example.first.first_day}&to={example.last.last_day}"
        detail = (
            f"Published is {offered}: a quarter from April, July, October or January, such as {whole},"
            f" of one ICC or {self._act.registry.system}, without programme, by the default threshold."
        )
        return Invalid.one("query.group_by", pointer, detail)
