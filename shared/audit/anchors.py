"""The chain's head outside the database: a file a day and service in DATA/audit-anchors.

Whoever can write the whole database can cut the chain's end off; against these files that shows. The day's file is replaced at
each sealing, so it is never more than seconds behind; the last one of a day stays. Copy the directory to where the database's
administrators cannot write.
"""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict

DIRECTORY = "audit-anchors"


class Anchor(BaseModel):
    """A head of a service's chain as it was at an instant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    seq: int
    chain_hash: str
    at: datetime


def write_anchor(data_dir: Path, service: str, seq: int, chain_hash: bytes, *, now: datetime) -> None:
    """Replace the day's anchor of a service."""
    directory = data_dir / DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    anchor = Anchor(service=service, seq=seq, chain_hash=chain_hash.hex(), at=now)
    fresh = directory / f".{service}.{os.getpid()}"
    fresh.write_bytes(orjson.dumps(anchor.model_dump(mode="json")) + b"\n")
    fresh.replace(directory / f"{service}-{now:%Y-%m-%d}.json")


def read_anchors(data_dir: Path, service: str) -> Sequence[Anchor]:
    """The anchors of a service, oldest first. Raises ValueError when a file is not an anchor."""
    name = re.compile(rf"{re.escape(service)}-\d{{4}}-\d{{2}}-\d{{2}}\.json")
    files = sorted(path for path in (data_dir / DIRECTORY).glob("*.json") if name.fullmatch(path.name))
    return [Anchor.model_validate_json(path.read_bytes()) for path in files]
