"""What stands in the table for a message id, which may hold anything; those that an earlier release kept in clear are replaced."""

from datetime import timedelta

from shared.crypto import Keyring
from shared.service.platform import Platform
from shared.service.worker import Periodic

MESSAGE_ALIAS = "m1:"
"""How the alias of a message id begins."""
BATCH = 500
_IN_CLEAR = "select org, message_id from referral_message where not starts_with(message_id, $1) limit $2"
# Sent again before its turn came, a message has its alias already, and what it is repeated against.
_HIDE = """
    with hidden as (
        update referral_message m set message_id = $3
         where org = $1 and message_id = $2
           and not exists (select from referral_message o where o.org = $1 and o.message_id = $3)
        returning 1)
    delete from referral_message where org = $1 and message_id = $2 and not exists (select from hidden)
"""


def message_alias(keyring: Keyring, owner: str, message_id: str) -> str:
    """What stands in the table for a sender's message id."""
    return MESSAGE_ALIAS + keyring.alias("referral-message", owner, message_id)


def hide_messages() -> Periodic:
    """The periodic that puts aliases in the places of message ids: at the worker's start, and then once a day."""
    return Periodic("hide-messages", timedelta(days=1), _hide_batch)


async def _hide_batch(platform: Platform) -> bool:
    """Hide some; True when there may be more."""
    async with platform.database.connection() as connection:
        rows = await connection.fetch(_IN_CLEAR, MESSAGE_ALIAS, BATCH)
        aliases = [
            (row["org"], row["message_id"], message_alias(platform.keyring, row["org"], row["message_id"]))
            for row in rows
        ]
        if aliases:  # the driver never ends one of nothing, and the connection is then fit for no transaction
            await connection.executemany(_HIDE, aliases)
    return len(rows) == BATCH
