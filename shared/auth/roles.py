"""What each role is for, in a sentence: for `icc token --help` and `docs/roles.md`."""

from collections.abc import Mapping
from typing import Final

ROLE_PURPOSES: Final[Mapping[str, str]] = {
    "practice-system": "a GP practice's system (--org its ODS code): refers, reads and changes what it sent or has registered",
    "hospital-system": "a hospital's system (--org its trust's code): refers, and reads and changes what it sent",
    "partner": "a voluntary or other partner (--org its code): refers, and answers what was sent to it",
    "council-feed": "a council's data officer (--org the council): sends its returns, sees its own figures exactly",
    "case-manager": "a community's worker (--community) or a team's (--org): triages, changes and works referrals there",
    "development-lead": "a community's lead (--community): sees its figures exactly, and which returns came",
    "analyst": "a performance analyst: sees every figure exactly, and which returns came",
    "publisher": "who approves and publishes: sees every figure exactly",
    "oversight": "a member of an oversight group: sees the exact figures of communities, nothing below",
    "dashboard": "the public view: protected figures only, small counts hidden and the rest rounded",
    "operator": "who runs the platform: work, retries, rebuilds, revocations, metrics; no content",
    "auditor": "who reads the audit, and of the rest what every signed-in reader sees",
    "service": "one of the services towards another (--org which one): for tests of the feed of facts",
}
"""Every role that `icc token --role` knows. Options in brackets say whose rows it sees."""
