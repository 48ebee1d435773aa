"""What no address of this service may hold."""

from fastapi import Request

from services.referrals.errors import PersonalQuery

PERSONAL = frozenset(
    ("nhs_number", "local_id", "family", "given", "name", "birth_date", "postcode", "phone", "email", "q")
)


async def refuse_personal_query(request: Request) -> None:
    """Refuse an address that names a person, with advice, before it is refused as merely unknown."""
    if request.scope["query_string"] and PERSONAL & request.query_params.keys():
        raise PersonalQuery
