"""Identity: bearer tokens, callers, scopes and roles, keys, revocation.

| question | file |
| --- | --- |
| who is calling, which rows may they see? | caller.py |
| which scopes does a role bundle? | roles.py |
| how is a token verified? | tokens.py, jwks.py |
| how is a token made? | minting.py, keys.py |
| which clients and tokens are refused, and how soon? | revocations.py, tables.py |
"""

from shared.auth.caller import Caller
from shared.auth.roles import BASE_SCOPES, ROLES, SCOPES

__all__ = ["BASE_SCOPES", "ROLES", "SCOPES", "Caller"]
