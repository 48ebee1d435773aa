"""`python -m services.trajectories api | worker`: one process of the trajectories service."""

from shared.service.running import run_worker, started

if __name__ == "__main__":
    process = started("trajectories")
    from services.trajectories.settings import Settings

    if process.is_api:
        from services.trajectories.app import create_app
        from shared.service.server import run_api

        run_api(process, Settings, create_app)
    else:
        from services.trajectories.worker import work

        run_worker(process, Settings, work)
