"""What is the same on every page of this service."""

from pathlib import Path
from typing import Final

from shared.service.browsing.frame import Site

SITE: Final = Site(
    folder=Path(__file__).with_name("templates"),
    name="Returns and measurements",
    footer="A file that is only checked is not kept. Who was measured is kept as a pseudonym alone.",
    navigation=(
        ("/check", "Check a return", "feeds.write"),
        ("/returns", "Returns", "feeds.read"),
        ("/measure", "Record a measurement", "measurements.write"),
    ),
    home="/check",
)
