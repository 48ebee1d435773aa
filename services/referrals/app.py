"""The referrals service's application: wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from services.referrals.assessments.routes import router as assessments_router
from services.referrals.care_plans.routes import router as care_plans_router
from services.referrals.carers.routes import router as carers_router
from services.referrals.case_finding.catalogue import scales
from services.referrals.case_finding.list_process import ListReader
from services.referrals.case_finding.routes import router as case_finding_router
from services.referrals.cases.routes import router as cases_router
from services.referrals.community.routes import router as community_router
from services.referrals.consents.routes import router as consents_router
from services.referrals.contacts.routes import router as contacts_router
from services.referrals.directory.catalogue import shipped
from services.referrals.directory.open_referral import open_referral_router
from services.referrals.directory.routes import router as directory_router
from services.referrals.discharges.routes import router as discharges_router
from services.referrals.disclosures.routes import router as disclosures_router
from services.referrals.events.routes import calendar_router
from services.referrals.events.routes import router as events_router
from services.referrals.fhir.routes import messages as fhir_messages_router
from services.referrals.fhir.routes import metadata as fhir_metadata_router
from services.referrals.fhir.routes import router as fhir_router
from services.referrals.fhir.use_cases import offered_use_cases
from services.referrals.intake.routes import router as intake_router
from services.referrals.meetings.catalogue import meeting_kinds
from services.referrals.meetings.routes import router as meetings_router
from services.referrals.needs.routes import router as needs_router
from services.referrals.onward.links import links as links_router
from services.referrals.onward.routes import router as onward_router
from services.referrals.pages.acts import router as page_acts_router
from services.referrals.pages.hands import router as hands_router
from services.referrals.pages.refer import router as refer_router
from services.referrals.pages.routes import router as pages_router
from services.referrals.pages.site import SITE
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.routes import router as pathways_router
from services.referrals.pathways.rules import kinds_without_a_team
from services.referrals.pauses.routes import router as pauses_router
from services.referrals.printing.routes import router as printing_router
from services.referrals.records.queries import UNROUTED_STANDING
from services.referrals.records.routes import direct as direct_records_router
from services.referrals.records.routes import router as records_router
from services.referrals.records.webhooks import KINDS
from services.referrals.repeat_measures.catalogue import repeats
from services.referrals.reviews.routes import router as reviews_router
from services.referrals.settings import Settings
from services.referrals.tracing.routes import router as tracing_router
from services.referrals.transfers.routes import router as transfers_router
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.routes import router as triage_router
from services.referrals.worklists.routes import lists as worklists_router
from services.referrals.worklists.routes import router as assignments_router
from shared.deliveries.routes import webhooks_router
from shared.fhir.operation_outcomes import as_operation_outcome
from shared.http.parameters import FHIR_PREFIX
from shared.months import london_day
from shared.registry import RegistryFileError
from shared.registry.loading import SHIPPED
from shared.registry.postcodes import open_postcodes
from shared.service.app import build_app
from shared.service.browsing.provider import provider_of
from shared.service.browsing.routes import browsing_router
from shared.service.platform import ClockFunction, Platform, utc_now
from shared.service.routes.facts import facts_router
from shared.service.typesetting import Typesetter

DOCUMENTS_AT_ONCE: Final = 2
LISTS_AT_ONCE: Final = 2
ANSWER_SECONDS: Final = 4.5
"""The standard allows five, and the answer needs some of it to arrive."""
DESCRIPTION = (
    "Referrals from every route, to the community or urgent team that works them. Personal data stays here."
)


def create_app(
    settings: Settings, *, clock: ClockFunction = utc_now, answer_seconds: float = ANSWER_SECONDS
) -> FastAPI:
    """The application of one API process. `clock` gives aware UTC; tests pass their own.

    answer_seconds: in which an answer of the national door must have begun.
    """
    # A broken data file stops the process here, not at the first referral.
    catalogue()
    reason_codes()
    shipped()
    repeats()
    meeting_kinds()
    scales()
    offered_use_cases(settings.bars_test_use_cases)
    app = build_app(
        service="referrals",
        settings=settings,
        routers=(
            intake_router,
            direct_records_router,
            worklists_router,
            records_router,
            triage_router,
            transfers_router,
            tracing_router,
            pauses_router,
            assignments_router,
            cases_router,
            assessments_router,
            contacts_router,
            reviews_router,
            discharges_router,
            care_plans_router,
            onward_router,
            links_router,
            consents_router,
            carers_router,
            disclosures_router,
            meetings_router,
            case_finding_router,
            directory_router,
            open_referral_router,
            calendar_router,
            events_router,
            community_router,
            needs_router,
            printing_router,
            pathways_router,
            fhir_metadata_router,
            fhir_messages_router,
            fhir_router,
            facts_router,
            hands_router,
            pages_router,
            page_acts_router,
            refer_router,
            browsing_router,
            webhooks_router(KINDS),
        ),
        description=DESCRIPTION,
        personal=True,
        problem_renderers={FHIR_PREFIX: as_operation_outcome},
        clock=clock,
        postcodes=open_postcodes(settings.postcode_file, data_dir=settings.data_dir),
        resources=_resources,
        standing={"unrouted": UNROUTED_STANDING},
        deadlines={FHIR_PREFIX: answer_seconds},
    )
    app.state.site, app.state.provider = SITE, provider_of(settings, settings.login)
    return app


@asynccontextmanager
async def _resources(app: FastAPI, platform: Platform) -> AsyncIterator[None]:
    """Refuse to start on a registry that leaves some work without a team. Raises RegistryFileError."""
    missing = kinds_without_a_team(catalogue(), registry=platform.registry, on=london_day(platform.clock()))
    if missing:
        sentences = [
            f"teams: none has the duty {kind} for the whole system ({platform.registry.system})"
            for kind in missing
        ]
        raise RegistryFileError(platform.settings.registry_file or SHIPPED, sentences)
    app.state.typesetter = Typesetter(asyncio.Semaphore(DOCUMENTS_AT_ONCE))
    app.state.list_reader = ListReader(asyncio.Semaphore(LISTS_AT_ONCE))
    yield
