"""The facts this service is the author of: rows of its tables, counted by place and month."""

from services.referrals.database import BY_PEOPLE
from services.referrals.intake.statement import RECEIVED_TOPIC
from services.referrals.records.tables import Referral
from services.referrals.triage.tables import TRIAGED_TOPIC, Triage
from shared.facts.counting import Tally, counted

SOURCE = "referrals"

# A referral counts in the month of its `referred_at` in Europe/London, at the registered practice where that is one
# of the Bay's, else at the community it went to, else on a line.
# A decision counts in its own month, at the place and in the bands that the referral counts to.
TOPICS = (
    counted(RECEIVED_TOPIC, Tally("referrals-received"), table=Referral, source=SOURCE, by=BY_PEOPLE),
    counted(
        TRIAGED_TOPIC,
        Tally("referrals-accepted", of="own.decision = 'accept'"),
        Tally("triage-within-standard", of="own.in_time", among="true"),
        table=Triage,
        source=SOURCE,
        by=BY_PEOPLE,
    ),
)
