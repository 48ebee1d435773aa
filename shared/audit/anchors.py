"""Heads of the chain that stand outside the database: signed lines in DATA/audit-anchors/<service>/<day>.jsonl, added and never changed.

Whoever can write the whole database can cut the chain's end off; against these lines that shows. Each names the one before
it, so that a line cannot go either. Copy the files to where the database's administrators cannot write.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.audit.signing import AuditSigner, canonical_bytes

ANCHORS = "audit-anchors"
ANCHOR_LABEL = "audit-anchor"
TAIL_BYTES = 8_192
"""What is read of the newest file before each sealing; a line takes about 300."""


class Anchor(BaseModel):
    """A head of a service's chain as it was at an instant.

    epoch: which life of the database, from 1; a restore begins the next.   after: the number of the anchor before, of whichever
    epoch.   reason: why an epoch begins here, None for every other anchor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    epoch: int
    seq: int
    chain_hash: str
    at: datetime
    after: int
    reason: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """By this the newest is found."""
        return self.epoch, self.seq


class _Line(Anchor):
    mac: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the anchors of a service say together.

    newest: the one that is furthest.   begun: epoch → the number behind which it began.   undone: the seals that restores went back
    behind.
    """

    count: int = 0
    since: datetime | None = None
    newest: Anchor | None = None
    begun: Mapping[int, int] = field(default_factory=dict)
    undone: int = 0

    def was_undone(self, anchor: Anchor) -> bool:
        """Whether a restore went back behind this anchor."""
        return any(anchor.epoch < epoch and anchor.seq > begun for epoch, begun in self.begun.items())


def anchor_folder(data_dir: Path, service: str) -> Path:
    """Where the anchors of a service lie."""
    return data_dir / ANCHORS / service


def anchor_days(data_dir: Path, signer: AuditSigner) -> Iterator[Sequence[Anchor]]:
    """The anchors of the signer's service, a day at a time. A line that is none, or that was changed, is left out."""
    for path in _files(data_dir, signer.service):
        yield _parsed(signer, path.read_bytes().splitlines())


def summary_of(data_dir: Path, signer: AuditSigner) -> Summary:
    """All anchors of the signer's service in a few words; no more than a day of them is in memory."""
    count, since, newest, begun, undone = 0, None, None, {}, 0
    for day in anchor_days(data_dir, signer):
        for anchor in day:
            since = since or anchor.at
            if newest is None or anchor.place > newest.place:
                newest = anchor
            if anchor.reason is not None:
                begun[anchor.epoch] = anchor.seq
                undone += max(0, anchor.after - anchor.seq)
        count += len(day)
    return Summary(count, since, newest, begun, undone)


def newest_anchor(data_dir: Path, signer: AuditSigner) -> Anchor | None:
    """The anchor that is furthest, from the end of the newest file that holds any."""
    for path in reversed(_files(data_dir, signer.service)):
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            found = _parsed(signer, file.read().splitlines())
        if found:
            return max(found, key=lambda anchor: anchor.place)
    return None


def write_anchor(data_dir: Path, signer: AuditSigner, anchor: Anchor) -> None:
    """Add an anchor behind the others of its day, and see it on the disk. Raises OSError."""
    folder = anchor_folder(data_dir, anchor.service)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = _Line(**anchor.model_dump(), mac=_mac(signer, anchor).hex()).model_dump_json(exclude_none=True)
    path = folder / f"{anchor.at:%Y-%m-%d}.jsonl"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _belongs_to_owner_of(folder, descriptor)
        # A full disk or a lost current may have left half a line.
        torn = _last_byte(descriptor) not in {b"", b"\n"}
        written = os.write(descriptor, (b"\n" if torn else b"") + line.encode() + b"\n")
        if written < len(line):
            raise OSError("the anchor was not written whole")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _belongs_to_owner_of(folder: Path, descriptor: int) -> None:
    """What root adds must not keep the service's account from adding more."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _last_byte(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 1, size - 1) if size else b""


def _files(data_dir: Path, service: str) -> Sequence[Path]:
    return sorted(anchor_folder(data_dir, service).glob("????-??-??.jsonl"))


def _parsed(signer: AuditSigner, lines: Iterable[bytes]) -> Sequence[Anchor]:
    return [anchor for line in lines if line and (anchor := _anchor_in(signer, line)) is not None]


def _anchor_in(signer: AuditSigner, line: bytes) -> Anchor | None:
    """The anchor that a line holds, None where it holds none that this service has signed."""
    try:
        told = _Line.model_validate_json(line)
        mac = bytes.fromhex(told.mac)
    except (ValidationError, ValueError):
        return None
    anchor = Anchor(**told.model_dump(exclude={"mac"}))
    signed = anchor.service == signer.service and compare_digest(mac, _mac(signer, anchor))
    return anchor if signed else None


def _mac(signer: AuditSigner, anchor: Anchor) -> bytes:
    return signer.keyring.evidence(ANCHOR_LABEL, canonical_bytes([anchor.model_dump(mode="json")]))
