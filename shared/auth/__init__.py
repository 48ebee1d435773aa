"""Identity: bearer tokens, callers, scopes and roles, keys, revocation.

| question | file |
| --- | --- |
| who is calling, which rows may they see, which scopes has a role? | caller.py |
| what is each role for? | roles.py |
| how is a token verified? | tokens.py, jwks.py |
| how is a token made, and with which key? | keys.py |
| what may one service ask of another, and how does it prove who it is? | caller.py, sisters.py |
| which clients and tokens are refused, and how soon? | revocations.py, tables.py |
"""

from shared.auth.caller import BASE_SCOPES, ROLES, SCOPES, Caller

__all__ = ["BASE_SCOPES", "ROLES", "SCOPES", "Caller"]
