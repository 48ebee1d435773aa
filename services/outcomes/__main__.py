"""`python -m services.outcomes api | worker`: one process of the outcomes service."""

from services.outcomes.app import create_app
from services.outcomes.settings import Settings
from services.outcomes.worker import work
from shared.http.running import run_service

if __name__ == "__main__":
    run_service("outcomes", settings_type=Settings, create_app=create_app, work=work)
