"""What no address of this service may hold."""

import re

from fastapi import Request

from services.referrals.errors import PersonalQuery
from shared.workbooks.identifiers import holds_nhs_number

PERSONAL = frozenset(
    ("nhs_number", "local_id", "family", "given", "name", "birth_date", "postcode", "phone", "email", "q")
)

# What the service itself made: its digits are by chance.
_OURS = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


async def refuse_personal_query(request: Request) -> None:
    """Refuse an address that names a person, with advice, before it is refused as merely unknown."""
    if not request.scope["query_string"]:
        return
    given = request.query_params
    if PERSONAL & given.keys() or any(
        holds_nhs_number(value)
        for name, value in given.multi_items()
        if name != "cursor" and not _OURS.fullmatch(value)
    ):
        raise PersonalQuery
