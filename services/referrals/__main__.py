"""`python -m services.referrals api | worker`: one process of the referrals service."""

from services.referrals.app import create_app
from services.referrals.settings import Settings
from services.referrals.worker import work
from shared.http.running import run_service

if __name__ == "__main__":
    run_service("referrals", settings_type=Settings, create_app=create_app, work=work)
