"""The state table of the interface, cell by cell. Source: the interface's page of referrals, *States*."""

from typing import get_args

import pytest

from services.referrals.records.states import STATUSES, Status, Step, status_after

TABLE: dict[str, dict[str, str]] = {
    "received": {
        "accept": "accepted",
        "reject": "rejected",
        "redirect": "received",
        "redirect-away": "redirected",
        "request-information": "information-requested",
        "withdraw": "withdrawn",
        "transfer": "received",
    },
    "information-requested": {
        "accept": "accepted",
        "reject": "rejected",
        "redirect": "received",
        "redirect-away": "redirected",
        "answer": "received",
        "withdraw": "withdrawn",
        "transfer": "information-requested",
    },
    "accepted": {"withdraw": "withdrawn", "discharge": "closed", "transfer": "accepted"},
    "rejected": {"reopen": "received"},
    "withdrawn": {"reopen": "received"},
    "redirected": {"reopen": "received"},
    "closed": {"reopen": "accepted"},
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("act", get_args(Step))
def test_an_act_leads_where_the_table_says(status: Status, act: Step) -> None:
    assert status_after(status, act) == TABLE[status].get(act)
