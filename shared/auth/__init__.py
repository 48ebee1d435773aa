"""Identity: bearer tokens, callers, scopes and roles, keys, revocation.

| question | file |
| --- | --- |
| who is calling, which rows may they see? | caller.py |
| how does a route say who may call it? | guard.py |
| which scopes does a role bundle? | roles.py |
| how is a token verified? | tokens.py, jwks.py |
| how is a token made? | minting.py, keys.py |
| how is a token or client revoked? | routes.py, actions.py, queries.py, tables.py |
| how soon does a process know of it? | revocations.py |
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shared.auth.caller import Caller
from shared.auth.roles import BASE_SCOPES, ROLES, SCOPES

if TYPE_CHECKING:
    from shared.auth.guard import Authenticated, Requires

__all__ = ["BASE_SCOPES", "ROLES", "SCOPES", "Authenticated", "Caller", "Requires"]


def __getattr__(name: str) -> Any:
    """The guard, loaded when a route asks for it: `icc token` needs keys and roles, not a web framework."""
    if name in {"Authenticated", "Requires"}:
        return getattr(import_module("shared.auth.guard"), name)
    raise AttributeError(name)
