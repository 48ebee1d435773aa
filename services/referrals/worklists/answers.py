"""A row of a list as its reader is told of it: one sealed card is opened for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.referrals.records.encryption import opened_card
from services.referrals.records.rules import age_on
from services.referrals.repeat_measures.catalogue import repeats
from services.referrals.repeat_measures.queries import STAGE as REPEAT_STAGE
from services.referrals.worklists.rules import flags_of, next_action, urgency
from shared.crypto import Keyring


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a list, and when. listed: the list's name.   in_full: whether a hidden address is shown."""

    keyring: Keyring
    now: datetime
    today: date
    today_ends: datetime
    listed: str
    in_full: bool


def _named(row: Mapping[str, Any]) -> str | None:
    """With what the next thing is done: the measure that is repeated."""
    measure = repeats().instruments.get(row["about"]) if row["stage"] == REPEAT_STAGE else None
    return None if measure is None else measure.title


def item_shown(row: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """One thing to do."""
    card = opened_card(reading.keyring, row, row_id=row["referral_id"])
    due, about = row["due"], row["about"]
    names = (card.get("given"), card["family"])
    told = {} if about is None else {"about": about}
    return {
        **told,
        "referral_id": str(row["referral_id"]),
        "case_id": None if row["case_id"] is None else str(row["case_id"]),
        "person": {
            "name": " ".join(name for name in names if name),
            "age": age_on(reading.today, date.fromisoformat(card["birth_date"])),
            "district": card.get("district") if reading.in_full or not row["hidden"] else None,
        },
        "pathway": row["pathway"],
        "priority": row["priority"],
        "stage": row["stage"],
        "next_action": next_action(row["stage"], listed=reading.listed, named=_named(row)),
        "due": None if due is None else due.astimezone(UTC),
        "state": urgency(row["stage"], due, now=reading.now, ends=reading.today_ends),
        "since": row["since"].astimezone(UTC),
        "assignee": row["assignee"],
        "flags": flags_of(
            person=card.get("flags", ()),
            tracing=row["tracing"],
            duplicate=row["duplicate"],
            pauses=row["pauses"],
        ),
    }
