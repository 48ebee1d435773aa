"""`python -m services.referrals api | worker`: one process of the referrals service."""

from shared.http.running import run_service

if __name__ == "__main__":
    run_service("referrals")
