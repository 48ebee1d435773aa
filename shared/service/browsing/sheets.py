"""The style sheets of every page, compressed once, each with a tag of its content."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

SHEETS: Final = ("nhsuk.css", "pages.css")
CSS: Final = "text/css; charset=utf-8"
_FOLDER: Final = Path(__file__).with_name("assets")


class Sheet(NamedTuple):
    """A style sheet. small: compressed.   tag: its entity tag."""

    plain: bytes
    small: bytes
    tag: str


@cache
def sheet_of(name: str) -> Sheet:
    """One of `SHEETS`."""
    plain = (_FOLDER / name).read_bytes()
    return Sheet(
        plain, gzip.compress(plain, mtime=0), f'"{hashlib.blake2b(plain, digest_size=8).hexdigest()}"'
    )


def address_of(name: str) -> str:
    """Where pages find a sheet, so that a browser that keeps an older one asks for this one."""
    tag = sheet_of(name).tag.strip('"')
    return f"/assets/{name}?v={tag}"
