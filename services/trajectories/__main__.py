"""`python -m services.trajectories api | worker`: one process of the trajectories service."""

from shared.http.running import run_service

if __name__ == "__main__":
    run_service("trajectories")
