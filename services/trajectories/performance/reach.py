"""What a question reaches: the windows of its points, and the months, places and codes whose facts they are made of."""

from services.trajectories.performance.rules.periods import Window, a_year_before, windows
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import Question
from shared.months import Month, month_range
from shared.registry.selection import Selection


def windows_of(question: Question) -> tuple[Window, ...]:
    """The window of every point of a series."""
    return windows(question.first, question.last, question.grain)


def months_read(question: Question) -> tuple[Month, Month]:
    """The range of months whose facts a question needs: rolling years and comparisons reach back."""
    spans = windows_of(question)
    if question.with_previous_year:
        spans = (*spans, *(a_year_before(window) for window in spans))
    return min(window.months[0] for window in spans), max(window.months[-1] for window in spans)


def places_read(question: Question, places: Geography) -> tuple[Selection, ...]:
    """The places of the series, the whole behind them when it is included."""
    whole = (places.whole,) if question.with_whole else ()
    return tuple(dict.fromkeys((*question.places, *whole)))


def codes_read(question: Question, places: Geography) -> list[str]:
    """Every code that a fact of the answer may be filed under, in order."""
    asked = places_read(question, places)
    months = month_range(*months_read(question))
    return sorted({code for month in months for place in asked for code in places.codes(place, month)})
