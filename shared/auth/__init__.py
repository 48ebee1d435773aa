"""Identity: bearer tokens, callers, scopes and roles, keys, revocation.

| question | file |
| --- | --- |
| who is calling, which rows may they see? | caller.py |
| how does a route say who may call it? | guard.py |
| which scopes does a role bundle? | roles.py |
| how is a token verified? | tokens.py, jwks.py |
| how is a token made? | minting.py, keys.py |
| how is a token or client revoked? | revocations.py, routes.py, tables.py |
"""

from shared.auth.caller import Caller
from shared.auth.guard import Authenticated, Requires
from shared.auth.roles import BASE_SCOPES, ROLES, SCOPES

__all__ = ["BASE_SCOPES", "ROLES", "SCOPES", "Authenticated", "Caller", "Requires"]
