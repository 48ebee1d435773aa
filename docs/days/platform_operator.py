"""An operator: health, metrics, work, a backup, facts derived anew, and a referral that belongs to nobody's list yet."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from day import (
    SERVICES,
    NextAction,
    icc,
    item_of,
    key,
    now,
    refused,
    says,
    signed_in,
    somebody,
    taken,
    tell,
    until,
)

UNROUTED = "/v1/worklists/unrouted"


def day() -> NextAction:
    """The operator of the machine, who sees no person and no figure."""
    front_desk = signed_in("referrals", "partner", org="peoples-cafe")
    visitor = {
        "patient": somebody("Derek", "Lowther"),
        "requester": {"partner": "peoples-cafe"},
        "referred_at": now(),
        "pathway": "social-prescribing",
        "legal_basis": "direct-care",
    }
    referral = taken(front_desk.post("/v1/referrals", json=visitor, headers=key()))
    assert referral["icc"] == "unrouted"

    clients = {service: signed_in(service, "operator") for service in SERVICES}
    for service, operator in clients.items():
        until(partial(is_ready, operator))
        metrics = operator.get("/metrics")
        assert "icc_http_requests_total" in metrics.text
        assert taken(operator.get("/v1/operations/work"))["failed"] == [], service
    says("looks at health, metrics and work of three services: all ready, nothing set aside")

    with TemporaryDirectory() as folder:
        said = icc("backup", str(Path(folder) / "backup"))
        says(f"makes a backup while the system runs: {said.strip().splitlines()[-1]}")

    def facts_of_outcomes() -> Any:
        authors = taken(clients["trajectories"].get("/v1/operations/facts"))["items"]
        (found,) = [one for one in authors if one["author"] == "outcomes"]
        return found

    before = facts_of_outcomes()["epoch"]
    taken(clients["outcomes"].post("/v1/operations/facts/rebuild", headers=key()))
    until(lambda: facts_of_outcomes()["epoch"] != before and not facts_of_outcomes()["rebuilding"])
    says("lets the facts of outcomes be derived anew, and sees them read again")

    feeds = taken(clients["outcomes"].get("/v1/feeds/carers/completeness"))["items"]
    overdue = sum(one["status"] == "overdue" for one in feeds)
    says(f"reads that {overdue} returns of carers are overdue, and from whom")

    (unrouted,) = [
        one
        for one in taken(clients["referrals"].get("/v1/operations/work"))["standing"]
        if one["name"] == "unrouted"
    ]
    assert unrouted["rows"] > 0
    refused(clients["referrals"].get(UNROUTED), 403, "scope")
    says(
        f"sees that {unrouted['rows']} referrals belong to no community, but not whose, and tells the case managers"
    )

    everywhere = signed_in("referrals", "case-manager", community="*")
    item = item_of(everywhere, UNROUTED, referral["id"])
    return NextAction("the list of what is unrouted", item["next_action"], item["due"])


def is_ready(operator: httpx.Client) -> bool:
    """Whether a service has all that it needs."""
    return bool(taken(operator.get("/health/ready"))["status"] == "ready")


if __name__ == "__main__":
    tell(day)
