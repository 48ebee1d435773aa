"""`python -m services.outcomes api | worker`: one process of the outcomes service."""

from shared.service.running import run_worker, started

if __name__ == "__main__":
    process = started("outcomes")
    from services.outcomes.settings import Settings

    if process.is_api:
        from services.outcomes.app import create_app
        from shared.service.server import run_api

        run_api(process, Settings, create_app)
    else:
        from services.outcomes.worker import work

        run_worker(process, Settings, work)
