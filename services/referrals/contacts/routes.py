"""Contacts and visits."""

from typing import Annotated

from fastapi import Depends

from services.referrals.addresses import refuse_personal_query
from services.referrals.cases.actions import list_kept, read_kept
from services.referrals.contacts.actions import record_contact
from services.referrals.contacts.schemas import ContactAnswer, ContactRequest
from services.referrals.contacts.tables import Contact
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["cases"], dependencies=[Depends(refuse_personal_query)])


@router.post("/v1/cases/{case_id}/contacts")
async def create(
    act: Annotated[Act, may("cases.work")], case_id: PathId, made: ContactRequest
) -> ContactAnswer:
    """Record a contact or a visit. It names no version and changes none."""
    return await record_contact(act, case_id, made)


@router.get("/v1/cases/{case_id}/contacts")
async def index(
    act: Annotated[Act, may("cases.read")], case_id: PathId, paging: Paging
) -> Page[ContactAnswer]:
    """The contacts of a case, as they were recorded, newest first."""
    return await list_kept(act, Contact, ContactAnswer, case_id, event="contact.listed", paging=paging)


@router.get("/v1/cases/{case_id}/contacts/{contact_id}")
async def read(act: Annotated[Act, may("cases.read")], case_id: PathId, contact_id: PathId) -> ContactAnswer:
    """One contact of a case, as it was recorded."""
    return await read_kept(act, Contact, ContactAnswer, case_id, contact_id, event="contact.read")
