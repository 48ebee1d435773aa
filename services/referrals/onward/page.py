"""The page of a one-time link: it works on a telephone, without scripts, cookies or anything of another host."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.referrals.onward.schemas import OnwardAnswer
from services.referrals.triage.reasons import reason_codes
from shared.months import LONDON
from shared.nhs_numbers import grouped_nhs_number
from shared.problems import FieldError
from shared.service.browsing.frame import templates_of

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_FOLDER: Final = Path(__file__).with_name("templates")
_FIELDS: Final = ("status", "reason_code", "outcome", "open")
_WRONG: Final = {
    "status": "Choose one of the three answers.",
    "reason_code": "Choose a reason only if you cannot do it, and one of the list.",
    "open": "Say whether you take more people by one of the three answers, or leave it out.",
    "outcome": "What the care team should know can be up to 10,000 characters of plain text.",
}
"""What is wrong with a field, for somebody who sees a page and no members of a body."""
_ANSWERS: Final = (
    ("received", "Yes, we will see to it"),
    ("completed", "Yes, and it is done already"),
    ("declined", "No, we cannot"),
)
_ROOM: Final = (
    ("yes", "Yes, there is room"),
    ("waiting-list", "By a waiting list"),
    ("no", "No, we are full"),
)
_SAID: Final = {
    "received": "You will see to it.",
    "completed": "It is done.",
    "declined": "You cannot do it.",
}


def question_page(
    asked: OnwardAnswer,
    *,
    filled: Mapping[str, str],
    errors: Sequence[FieldError] = (),
    detail: str | None = None,
) -> str:
    """What was asked, with the form of the answer. filled: what was sent.   errors, detail: what was wrong with it."""
    fields = (one.pointer.strip("/") for one in errors)
    faults = {one: _WRONG[one] for one in fields if one in _FIELDS}
    told = [{"text": text, "href": f"#{field}"} for field, text in faults.items()]
    told += [{"text": one.detail} for one in errors if one.pointer.strip("/") not in _FIELDS]
    told += [{"text": detail}] if detail and not told else []
    person = asked.person
    return _page(
        "question.jinja",
        asked=asked,
        due=_day(asked.due),
        flags=[] if person is None else [flag.replace("-", " ").capitalize() for flag in person.flags],
        born=None if person is None or person.birth_date is None else f"{person.birth_date:%-d %B %Y}",
        number=None if person is None or person.nhs_number is None else grouped_nhs_number(person.nhs_number),
        dialled="" if person is None else "".join((person.phone or "").split()),
        reasons=[
            {"value": one.code, "text": one.title} for one in reason_codes() if "declined" in one.decisions
        ],
        answers=_ANSWERS,
        room=_ROOM,
        filled=filled,
        wrong={one: faults.get(one) for one in _FIELDS},
        summary=told,
    )


def thanks_page(answered: OnwardAnswer) -> str:
    """What is shown once the answer was taken; nothing of the person any more."""
    return _page("thanks.jinja", said=_SAID[answered.status])


def gone_page() -> str:
    """What every link leads to that holds no longer, or never did."""
    return _page("gone.jinja")


def _page(template: str, **told: Any) -> str:
    return templates_of(_FOLDER).get_template(template).render(**told)


def _day(moment: datetime) -> str:
    return moment.astimezone(LONDON).strftime("%A %-d %B %Y, %H:%M")
