"""Every table of this service's database: its own, the platform's, and those of an author of facts."""

from services.referrals.assessments import tables as assessments
from services.referrals.care_plans import tables as care_plans
from services.referrals.carers import tables as carers
from services.referrals.case_finding import tables as case_finding
from services.referrals.cases import tables as cases
from services.referrals.clocks import tables as clocks
from services.referrals.community import tables as community
from services.referrals.consents import tables as consents
from services.referrals.contacts import tables as contacts
from services.referrals.database import OWN
from services.referrals.deliveries import tables as deliveries
from services.referrals.directory import tables as directory
from services.referrals.discharges import tables as discharges
from services.referrals.disclosures import tables as disclosures
from services.referrals.events import tables as events
from services.referrals.fhir import tables as fhir
from services.referrals.intake import tables as intake
from services.referrals.meetings import tables as meetings
from services.referrals.needs import tables as needs
from services.referrals.onward import tables as onward
from services.referrals.records import tables as records
from services.referrals.repeat_measures import tables as repeat_measures
from services.referrals.reviews import tables as reviews
from services.referrals.snapshots import tables as snapshots
from services.referrals.triage import tables as triage
from services.referrals.worklists import tables as worklists
from shared.audit import tables as audit
from shared.auth import tables as auth
from shared.db.tables import FACTS, PLATFORM
from shared.deliveries import tables as webhooks
from shared.facts import tables as facts
from shared.idempotency import tables as idempotency
from shared.work import tables as work

METADATA = (PLATFORM, FACTS, OWN)
MODULES = (
    assessments,
    audit,
    auth,
    care_plans,
    carers,
    case_finding,
    cases,
    clocks,
    community,
    contacts,
    deliveries,
    directory,
    events,
    discharges,
    consents,
    disclosures,
    facts,
    fhir,
    idempotency,
    intake,
    meetings,
    needs,
    onward,
    records,
    repeat_measures,
    reviews,
    snapshots,
    triage,
    webhooks,
    work,
    worklists,
)
