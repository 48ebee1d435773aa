"""Which period printed titles name, as councils write it, and which years in them cannot belong to a period.

A title that is read wrongly puts a quarter's figures under another quarter, so every reading that is possible is
kept, and one that fits none of them is refused rather than ignored.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.months import Month, Period, financial_quarter, financial_year, parse_period
from shared.workbooks.findings import FileRefusedError

_CENTURY: Final = 2000
_SHORT_YEAR: Final = 2
_QUARTER_MONTHS: Final = 3

_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_NUMBER_WORDS: Final = {
    word: str(number)
    for number, words in enumerate(
        (("one", "first", "1st"), ("two", "second", "2nd"), ("three", "third", "3rd"), ("four", "fourth", "4th")),
        start=1,
    )
    for word in words
}  # fmt: skip
_NUMBER_WORD: Final = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b")
_ROMAN: Final = re.compile(r"\b(quarter[.:]?\s+)(iv|i{1,3})\b")
_ROMAN_NUMBERS: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_MONTHS: Final = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr, (*[""] * 9, "Sept"))
    for number, name in enumerate(names)
    if name
}
_MONTH: Final = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_ANY_YEAR: Final = r"(?:20)?[0-9]{2}(?![0-9])"
_DAY: Final = r"(?:[0-9]{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)?"

_QUARTER: Final = re.compile(
    r"(?<![a-z])(?:q|qtr|quarter)[.:]?\s*(?:no\.?\s*)?(?P<after>[1-4])(?![0-9])|(?<![0-9])(?P<before>[1-4])\s*(?:qtr|quarter)\b"
)
_FINANCIAL_YEAR: Final = re.compile(
    r"(?<![0-9])(?<![0-9]{2}/)(?P<start>20[0-9]{2}|[0-9]{2})\s?(?:[/-]|to)\s?(?P<end>20[0-9]{2}|[0-9]{2})(?![0-9]|[/-][0-9])"
)
_ONE_YEAR: Final = re.compile(r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?![0-9])")
_BESIDE: Final = re.compile(r"[\s,(:/-]*(?:(?:of|in|for|the|fy|year|calendar|financial)[\s:]+)*")
_NEAR: Final = re.compile(r"[^0-9]{0,25}")
_RANGE: Final = re.compile(
    rf"\b(?P<first>{_MONTH})[\s,]*(?P<since>{_ANY_YEAR})?\s*(?:to|-|until|and|/|,)\s*(?:the\s+)?(?:end\s+of\s+)?{_DAY}"
    rf"(?P<last>{_MONTH})[\s,']*(?P<until>{_ANY_YEAR})"
)
_ENDED: Final = re.compile(
    r"\b(?:q|qtr|quarter|3 months?)\.?\s+(?:period\s+)?(?:end(?:ed|ing|s)?|up\s+to|to)\s*:?\s*(?:on\s+|the\s+)*"
    rf"(?:{_DAY}(?P<name>{_MONTH})[\s,']*(?P<year>{_ANY_YEAR})"
    r"|[0-9]{1,2}[/.-](?P<month>[0-9]{1,2})[/.-](?P<year2>(?:20)?[0-9]{2})(?![0-9])"
    r"|(?P<year3>20[0-9]{2})-(?P<month3>[0-9]{2})(?:-[0-9]{2})?(?![0-9]))"
)

Claim = frozenset[Period]
"""The periods that one wording may mean: "Q1 2020" is a financial or a calendar quarter."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What titles say together. claims: what each wording may mean.   quarters: numbers named.   years: named at all."""

    claims: tuple[Claim, ...] = ()
    quarters: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()

    @property
    def periods(self) -> list[Period]:
        """The periods that every wording allows, in order. Raises FileRefusedError (file.header) when there is none."""
        if not self.claims:
            return []
        common = frozenset.intersection(*self.claims)
        if not common:
            raise FileRefusedError(
                "file.header", "The titles name different quarters. Send one file for each."
            )
        return sorted(common, key=lambda one: one.first)


def read_titles(groups: Iterable[Sequence[str]], patterns: Iterable[str]) -> Titles:
    """What the titles of a file say. groups: each table's titles, read as one text.

    patterns: a layout's own ways of naming a quarter, with the groups `quarter`, `start` (year) and perhaps `end`.
    Raises FileRefusedError (file.header) for a financial year whose parts do not follow each other.
    """
    compiled = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    read = [_read(" ; ".join(group), compiled) for group in groups]
    return Titles(
        tuple(claim for one in read for claim in one.claims),
        frozenset(quarter for one in read for quarter in one.quarters),
        frozenset(year for one in read for year in one.years),
    )


def check_titles(titles: Titles, period: Period, *, where: Mapping[str, Any]) -> None:
    """Refuse titles that cannot be about a period. Raises FileRefusedError (file.header)."""
    if titles.claims:
        periods = titles.periods
        if (period.first, period.last) not in {(one.first, one.last) for one in periods}:
            named = " or ".join(one.label for one in periods)
            raise FileRefusedError(
                "file.header",
                f"The file names {named}, the request {period.label}. Correct one of them.",
                **where,
            )
        return  # a title that names its quarter may speak of other years: of a report, or of when it was printed
    if len(period.months) == _QUARTER_MONTHS and titles.quarters and not titles.quarters & _numbers(period):
        named = ", ".join(map(str, sorted(titles.quarters)))
        raise FileRefusedError(
            "file.header",
            f"The title names quarter {named}, the request {period.label}. Correct one of them.",
            **where,
        )
    strange = sorted(titles.years - _years(period))
    if strange:
        raise FileRefusedError(
            "file.header",
            f"The title names {', '.join(map(str, strange))}, which is no year of {period.label}. "
            "Correct the title or the period; leave other years out of the title.",
            **where,
        )


def _read(text: str, own: Sequence[re.Pattern[str]]) -> Titles:
    claims: list[Claim] = []
    for pattern in own:
        while found := pattern.search(text):
            claims.append(
                frozenset({_quarter(found["quarter"], found["start"], found.groupdict().get("end"))})
            )
            text = f"{text[: found.start()]} ; {text[found.end() :]}"
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    plain = _NUMBER_WORD.sub(lambda word: _NUMBER_WORDS[word[0]], plain)
    plain = _ROMAN.sub(lambda found: found[1] + _ROMAN_NUMBERS[found[2]], plain)
    years = [match for match in _FINANCIAL_YEAR.finditer(plain) if _follows(match["start"], match["end"])]
    claims += [*_quarters(plain, years), *_month_ranges(plain), *_ended(plain)]
    return Titles(
        tuple(claims),
        frozenset(_number(match) for match in _QUARTER.finditer(plain)),
        frozenset(
            [
                *(int(match["year"]) for match in _ONE_YEAR.finditer(plain)),
                *(_full(match["start"]) + more for match in years for more in (0, 1)),
            ]
        ),
    )


def _quarters(text: str, years: Sequence[re.Match[str]]) -> Iterator[Claim]:
    """Quarters with a financial year beside them ("Q1 2020/21") or a single one ("Q1 2020", which is ambiguous)."""
    quarters = list(_QUARTER.finditer(text))
    starts = {_full(year["start"]) for year in years}
    if len({_number(one) for one in quarters}) == len(starts) == 1:
        yield frozenset({_quarter(str(_number(quarters[0])), str(starts.pop()))})
        return
    for quarter in quarters:
        number = _number(quarter)
        for year in _FINANCIAL_YEAR.finditer(text):
            if _NEAR.fullmatch(_between(text, quarter, year)) and len(year["start"]) > _SHORT_YEAR:
                yield frozenset({_quarter(str(number), year["start"], year["end"])})
        for year in () if years else _ONE_YEAR.finditer(text):
            if _BESIDE.fullmatch(_between(text, quarter, year)):
                begin = int(year["year"])
                calendar_quarter = financial_quarter(Month(begin, number * _QUARTER_MONTHS))
                yield frozenset({_quarter(str(number), str(begin)), calendar_quarter})


def _month_ranges(text: str) -> Iterator[Claim]:
    for match in _RANGE.finditer(text):
        first, last = _MONTHS[match["first"].rstrip(".")], _MONTHS[match["last"].rstrip(".")]
        end = Month(_full(match["until"]), last)
        begin_year = _full(match["since"]) if match["since"] else end.year - (first > last)
        begin = Month(begin_year, first)
        if begin < end:
            for period in (financial_quarter(begin), financial_year(begin)):
                if end in period:
                    yield frozenset({period})
                    break


def _ended(text: str) -> Iterator[Claim]:
    for match in _ENDED.finditer(text):
        month = (
            _MONTHS[match["name"].rstrip(".")] if match["name"] else int(match["month"] or match["month3"])
        )
        year = _full(match["year"] or match["year2"] or match["year3"])
        if month in {3, 6, 9, 12}:
            yield frozenset({financial_quarter(Month(year, month))})


def _quarter(number: str, start: str, end: str | None = None) -> Period:
    begin = _full(start)
    label = f"{begin}-{end[-2:] if end else f'{(begin + 1) % 100:02d}'}-Q{number}"
    try:
        return parse_period(label)
    except ValueError:
        raise FileRefusedError(
            "file.header", "The title names a financial year that does not exist. Write 2019/20."
        ) from None


def _number(match: re.Match[str]) -> int:
    return int(match["after"] or match["before"])


def _between(text: str, one: re.Match[str], other: re.Match[str]) -> str:
    first, second = sorted((one, other), key=lambda match: match.start())
    return text[first.end() : second.start()]


def _follows(start: str, end: str) -> bool:
    return (int(start) + 1) % 100 == int(end) % 100


def _full(year: str) -> int:
    return int(year) + (_CENTURY if len(year) == _SHORT_YEAR else 0)


def _numbers(period: Period) -> set[int]:
    """The quarter's number in the financial and in the calendar year."""
    return {int(financial_quarter(period.first).label[-1]), (period.first.month - 1) // _QUARTER_MONTHS + 1}


def _years(period: Period) -> set[int]:
    """The calendar years of the financial years in which a period lies."""
    years = [financial_year(month) for month in (period.first, period.last)]
    return {month.year for year in years for month in (year.first, year.last)}
