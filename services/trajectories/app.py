"""The trajectories service's application: wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.trajectories.activity.count_process import Counter
from services.trajectories.activity.routes import router as activity_router
from services.trajectories.annotations.queries import annotations_beside
from services.trajectories.annotations.routes import router as annotations_router
from services.trajectories.annual_plans.routes import router as annual_plans_router
from services.trajectories.bay_trajectories.routes import router as bay_trajectories_router
from services.trajectories.catalogue.routes import router as catalogue_router
from services.trajectories.charts.routes import router as charts_router
from services.trajectories.commentaries.routes import router as commentaries_router
from services.trajectories.compare.routes import router as compare_router
from services.trajectories.dashboard.clients import Returns, open_returns
from services.trajectories.dashboard.routes import router as dashboard_router
from services.trajectories.dashboard.site import everybody, site_of
from services.trajectories.ingest.routes import router as ingest_router
from services.trajectories.matrix.routes import router as matrix_router
from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.beside import Beside
from services.trajectories.performance.reporting import open_reporting
from services.trajectories.performance.routes import router as performance_router
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.profiles.routes import router as profiles_router
from services.trajectories.publications.routes import router as publications_router
from services.trajectories.revisions.routes import router as revisions_router
from services.trajectories.settings import Settings
from services.trajectories.shares.points import trajectory_points
from services.trajectories.shares.routes import router as shares_router
from services.trajectories.signal_feed.routes import router as signals_router
from services.trajectories.signals.rules import KINDS
from services.trajectories.targets.queries import target_points
from services.trajectories.targets.routes import router as targets_router
from shared.deliveries.routes import webhooks_router
from shared.service.app import build_app
from shared.service.browsing.provider import provider_of
from shared.service.browsing.routes import browsing_router
from shared.service.platform import ClockFunction, Platform, utc_now

DESCRIPTION = "Performance of communities by measure and month, as it was known then or now. Counts only, no personal data."


def create_app(
    settings: Settings, *, clock: ClockFunction = utc_now, returns: Returns | None = None
) -> FastAPI:
    """The application of one API process. `clock` gives aware UTC; tests pass their own.

    returns: who knows the returns of councils; outcomes where nobody is passed in.
    """
    catalogue = load_catalogue(
        settings.measures_file
    )  # a broken catalogue stops the process here, not at the first question
    policy = Policy(threshold=settings.protection_threshold, base=settings.protection_base)

    @asynccontextmanager
    async def resources(app: FastAPI, platform: Platform) -> AsyncIterator[None]:
        async with (
            open_returns(settings) as outcomes,
            open_reporting(
                platform,
                catalogue=catalogue,
                policy=policy,
                kept_bytes=settings.answers_kept_bytes,
                beside=Beside(trajectory_points, target_points, annotations_beside),
                makers=settings.file_makers,
            ) as reporting,
        ):
            app.state.returns = outcomes if returns is None else returns
            app.state.reporting = reporting
            app.state.counter = Counter(settings.registry_file, asyncio.Semaphore(settings.activity_counters))
            yield

    app = build_app(
        service="trajectories",
        settings=settings,
        routers=(
            dashboard_router,
            browsing_router,
            performance_router,
            matrix_router,
            compare_router,
            revisions_router,
            signals_router,
            charts_router,
            targets_router,
            annotations_router,
            commentaries_router,
            annual_plans_router,
            profiles_router,
            publications_router,
            catalogue_router,
            activity_router,
            bay_trajectories_router,
            shares_router,
            ingest_router,
            webhooks_router(KINDS),
        ),
        description=DESCRIPTION,
        resources=resources,
        clock=clock,
    )
    app.state.site = site_of(settings)
    app.state.provider = provider_of(settings, settings.login)
    app.state.public_caller = everybody() if settings.public_dashboard == "protected" else None
    return app
