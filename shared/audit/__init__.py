"""Who did what, and evidence that nobody changed the record of it.

| question | file |
| --- | --- |
| which facts does an audit row hold? | tables.py |
| how does an action or a job write its row? | recording.py |
| how does a one-statement route write its row? | hot.py |
| what makes a row evidence? | signing.py |
| how is a refusal recorded? | refusals.py |
| who numbers and chains the rows? | sealer.py |
| how is tampering found? | verification.py |
| where is the head kept outside the database? | anchors.py |
| what forbids UPDATE and DELETE? | ddl.py |
| who may read it? | routes.py |
"""

from shared.audit.hot import AUDIT_COLUMNS, audit_insert, audit_values
from shared.audit.recording import attach_audit, audit_signer, record
from shared.audit.signing import AuditSigner

__all__ = [
    "AUDIT_COLUMNS",
    "AuditSigner",
    "attach_audit",
    "audit_insert",
    "audit_signer",
    "audit_values",
    "record",
]
