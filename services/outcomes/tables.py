"""Every table of the outcomes service's database."""

from services.outcomes.database import OWN
from services.outcomes.measurements import tables as measurements
from services.outcomes.signals import tables as signals
from services.outcomes.submissions import tables as submissions
from services.outcomes.summaries import tables as summaries
from services.outcomes.surveys import tables as surveys
from shared.audit import tables as audit
from shared.auth import tables as auth
from shared.db.tables import FACTS, PLATFORM
from shared.deliveries import tables as webhooks
from shared.facts import tables as facts
from shared.idempotency import tables as idempotency
from shared.work import tables as work

METADATA = (PLATFORM, FACTS, OWN)
MODULES = (
    audit,
    auth,
    facts,
    idempotency,
    measurements,
    signals,
    submissions,
    summaries,
    surveys,
    webhooks,
    work,
)
