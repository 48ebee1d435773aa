"""A row of a list as its reader is told of it: one sealed card is opened for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.referrals.records.encryption import opened_card
from services.referrals.records.rules import age_on, name_of
from services.referrals.repeat_measures.catalogue import repeats
from services.referrals.repeat_measures.queries import STAGE as REPEAT_STAGE
from services.referrals.worklists.rules import ONWARD_STAGE, flags_of, next_action, urgency
from shared.crypto import Keyring


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a list, and when. listed: the list's name.   in_full: whether a hidden address is shown.

    services: the names of those that the list waits for.
    """

    keyring: Keyring
    now: datetime
    today: date
    today_ends: datetime
    listed: str
    in_full: bool
    services: Mapping[str, str]


def named_of(row: Mapping[str, Any], services: Mapping[str, str]) -> str | None:
    """With what, or whom, the next thing is done: the measure that is repeated, the partner that is asked."""
    stage, about = row["stage"], row["about"]
    if stage == REPEAT_STAGE:
        measure = repeats().instruments.get(about)
        return None if measure is None else measure.title
    if stage == ONWARD_STAGE:
        return services.get(about)
    return None


def item_shown(row: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """One thing to do. row: its instants are in UTC, as the driver gives them."""
    card = opened_card(reading.keyring, row, row_id=row["referral_id"])
    stage, due, case_id = row["stage"], row["due"], row["case_id"]
    born = card.get("birth_date")
    shown = {
        "referral_id": str(row["referral_id"]),
        "case_id": None if case_id is None else str(case_id),
        "person": {
            "name": name_of(card.get("given"), card.get("family")),
            "age": None if born is None else age_on(reading.today, date.fromisoformat(born)),
            "district": card.get("district") if reading.in_full or not row["hidden"] else None,
        },
        "pathway": row["pathway"],
        "priority": row["priority"],
        "stage": stage,
        "next_action": next_action(
            stage, listed=reading.listed, about=row["about"], named=named_of(row, reading.services)
        ),
        "due": due,
        "state": urgency(stage, due, now=reading.now, ends=reading.today_ends),
        "since": row["since"],
        "assignee": row["assignee"],
        "flags": flags_of(
            person=card.get("flags"), tracing=row["tracing"], duplicate=row["duplicate"], pauses=row["pauses"]
        ),
    }
    if row["about"] is not None:
        shown["about"] = row["about"]
    return shown
