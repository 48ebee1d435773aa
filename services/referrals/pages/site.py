"""What is the same on every page of this service."""

from pathlib import Path
from typing import Final

from shared.service.browsing.frame import Site

SITE: Final = Site(
    folder=Path(__file__).with_name("templates"),
    name="Referrals and cases",
    footer="What is shown here is about people: every page that is opened is recorded.",
    navigation=(
        ("/worklist", "Worklists", "referrals.work"),
        ("/refer", "Refer somebody", "referrals.create"),
        ("/sent", "What was sent", "referrals.create"),
    ),
    home="/worklist",
)
