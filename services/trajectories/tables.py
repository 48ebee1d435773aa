"""Every table of the trajectories service's database."""

from services.trajectories.activity import tables as activity
from services.trajectories.annotations import tables as annotations
from services.trajectories.bay_trajectories import tables as bay_trajectories
from services.trajectories.database import OWN
from services.trajectories.ingest import tables as ingest
from services.trajectories.performance import tables as performance
from services.trajectories.shares import tables as shares
from services.trajectories.targets import tables as targets
from shared.audit import tables as audit
from shared.auth import tables as auth
from shared.db.tables import PLATFORM
from shared.idempotency import tables as idempotency
from shared.work import tables as work

METADATA = (PLATFORM, OWN)
MODULES = (
    activity,
    annotations,
    audit,
    auth,
    bay_trajectories,
    idempotency,
    ingest,
    performance,
    shares,
    targets,
    work,
)
