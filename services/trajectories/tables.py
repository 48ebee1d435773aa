"""Every table of the trajectories service's database."""

from services.trajectories.activity import tables as activity
from services.trajectories.annotations import tables as annotations
from services.trajectories.annual_plans import tables as annual_plans
from services.trajectories.bay_trajectories import tables as bay_trajectories
from services.trajectories.commentaries import tables as commentaries
from services.trajectories.database import OWN
from services.trajectories.ingest import tables as ingest
from services.trajectories.performance import tables as performance
from services.trajectories.profiles import tables as profiles
from services.trajectories.shares import tables as shares
from services.trajectories.signals import tables as signals
from services.trajectories.targets import tables as targets
from shared.audit import tables as audit
from shared.auth import tables as auth
from shared.db.tables import PLATFORM
from shared.deliveries import tables as webhooks
from shared.idempotency import tables as idempotency
from shared.work import tables as work

METADATA = (PLATFORM, OWN)
MODULES = (
    activity,
    annotations,
    annual_plans,
    audit,
    auth,
    bay_trajectories,
    commentaries,
    idempotency,
    ingest,
    performance,
    profiles,
    shares,
    signals,
    targets,
    webhooks,
    work,
)
