"""The outcomes service's application: wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.outcomes.catalogue.routes import router as catalogue_router
from services.outcomes.checking.measuring import router as measuring_router
from services.outcomes.checking.routes import router as checking_router
from services.outcomes.checking.site import SITE
from services.outcomes.completeness.routes import router as completeness_router
from services.outcomes.feeds.declarations import load_declarations
from services.outcomes.feeds.parse_process import Parser
from services.outcomes.fhir.routes import metadata as fhir_metadata
from services.outcomes.fhir.routes import router as fhir_router
from services.outcomes.instruments.declarations import load_instruments
from services.outcomes.instruments.routes import router as instruments_router
from services.outcomes.measurement_batches.routes import router as batches_router
from services.outcomes.measurements.routes import direct as measurements_direct
from services.outcomes.measurements.routes import router as measurements_router
from services.outcomes.settings import Settings
from services.outcomes.signals.rules import KINDS
from services.outcomes.submissions.routes import router as submissions_router
from services.outcomes.summaries.routes import router as summaries_router
from services.outcomes.surveys.routes import router as surveys_router
from shared.deliveries.routes import webhooks_router
from shared.fhir.operation_outcomes import as_operation_outcome
from shared.http.parameters import FHIR_PREFIX
from shared.service.app import build_app
from shared.service.browsing.provider import provider_of
from shared.service.browsing.routes import browsing_router
from shared.service.platform import ClockFunction, Platform, utc_now
from shared.service.routes.facts import facts_router

BATCHES_STORED = 2
"""Batches of measurements that one process stores at the same time: each holds a connection for seconds."""

DESCRIPTION = (
    "Council feeds: returns come in as they are, reconciled against their own totals, and become facts. "
    "Measurements of people: scored by their instrument, stored under a pseudonym."
)


def create_app(settings: Settings, *, clock: ClockFunction = utc_now) -> FastAPI:
    """The application of one API process. `clock` gives aware UTC; tests pass their own."""
    declarations = load_declarations(
        settings.feed_layouts
    )  # a broken layout stops the process here, not at a file
    instruments = load_instruments(settings.instruments)

    @asynccontextmanager
    async def resources(app: FastAPI, _: Platform) -> AsyncIterator[None]:
        app.state.declarations = declarations
        app.state.instruments = instruments
        app.state.batches = asyncio.Semaphore(BATCHES_STORED)
        app.state.parser = Parser(
            settings.registry_file, settings.feed_layouts, asyncio.Semaphore(settings.feed_parsers)
        )
        yield

    app = build_app(
        service="outcomes",
        settings=settings,
        routers=(
            catalogue_router,
            completeness_router,
            submissions_router,
            instruments_router,
            batches_router,
            measurements_direct,
            measurements_router,
            summaries_router,
            surveys_router,
            fhir_metadata,
            fhir_router,
            facts_router,
            checking_router,
            measuring_router,
            browsing_router,
            webhooks_router(KINDS),
        ),
        description=DESCRIPTION,
        resources=resources,
        problem_renderers={FHIR_PREFIX: as_operation_outcome},
        clock=clock,
    )
    app.state.site, app.state.provider = SITE, provider_of(settings, settings.login)
    return app
