"""Who did what, and evidence that nobody changed the record of it.

| question | file |
| --- | --- |
| which facts does an audit row hold, and what forbids to change one? | tables.py |
| how is a row written? | recording.py |
| how do readers who wait at the same time share a commit? | readings.py |
| what makes a row evidence? | signing.py |
| who numbers and chains the rows, and when does it stop? | sealing.py |
| which rows have no seal yet? | arrivals.py |
| where is the chain's head kept outside? | anchors.py |
| what does a restore leave behind? | epochs.py |
| how is tampering found? | verification.py, anchor_checks.py |
"""

from shared.audit.readings import Readings
from shared.audit.recording import AUDIT_COLUMNS, audit_insert, audit_values, record, record_on
from shared.audit.signing import AuditSigner

__all__ = ["AUDIT_COLUMNS", "AuditSigner", "Readings", "audit_insert", "audit_values", "record", "record_on"]
