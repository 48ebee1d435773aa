"""`python -m services.trajectories api | worker`: one process of the trajectories service."""

from services.trajectories.app import create_app
from services.trajectories.settings import Settings
from services.trajectories.worker import work
from shared.http.running import run_service

if __name__ == "__main__":
    run_service("trajectories", settings_type=Settings, create_app=create_app, work=work)
