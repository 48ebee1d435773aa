"""Addresses of the web that people write for others to follow."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from shared.http.text import clean_line

# What browsers read otherwise than we do, or what ends a link in a page.
_UNFIT: Final = re.compile(r"""[\s\\<>"']""")


def is_web_address(link: str) -> bool:
    """Whether a link leads to a page of the web, with nobody's password in it, and to nothing that a browser would run."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host:
        return False
    return "@" not in parts.netloc and _UNFIT.search(link) is None


def _checked(link: str) -> str:
    if not is_web_address(link):
        raise PydanticCustomError("url.forbidden", "An address of the web begins with https:// or http://.")
    return link


WebAddress = Annotated[str, AfterValidator(clean_line), AfterValidator(_checked)]
