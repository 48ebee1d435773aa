"""Identifiers: UUID version 7 made in Python, so that no database version matters and new rows land side by side."""

import os
import time
import uuid

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def new_id() -> uuid.UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Source: RFC 9562, section 5.7."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    return uuid.UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80
        | _VERSION
        | (random >> 62 & _RANDOM_A) << 64
        | _VARIANT
        | random & _RANDOM_B
    )
