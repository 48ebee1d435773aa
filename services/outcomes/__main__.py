"""`python -m services.outcomes api | worker`: one process of the outcomes service."""

from shared.http.running import run_service

if __name__ == "__main__":
    run_service("outcomes")
