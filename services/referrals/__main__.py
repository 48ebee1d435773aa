"""`python -m services.referrals api | worker`: one process of the referrals service."""

from shared.service.running import run_worker, started

if __name__ == "__main__":
    process = started("referrals")
    from services.referrals.settings import Settings

    if process.is_api:
        from services.referrals.app import create_app
        from shared.service.server import run_api

        run_api(process, Settings, create_app)
    else:
        from services.referrals.worker import work

        run_worker(process, Settings, work)
