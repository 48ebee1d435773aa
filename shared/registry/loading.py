"""Reading a registry file: the one that ships with the platform, or the one that a setting names.

A file is taken whole or refused whole, at start, with every fault named: a service that worked with half a
registry would file people's referrals in the wrong place.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.registry.entries import RegistryFile
from shared.registry.integrity import faults
from shared.registry.positions import Postcodes
from shared.registry.registry import Registry

SHIPPED: Final = Path(__file__).parent / "data" / "morecambe_bay.json"
"""The registry that ships with the platform."""

_SHOWN: Final = 20
_KEYS: Final = ("slug", "code", "alias", "name", "area", "post")


class RegistryFileError(ValueError):
    """A registry file that cannot be worked with; `sentences` says what to mend, one fault each."""

    def __init__(self, path: Path, sentences: Sequence[str]) -> None:
        """path: the file.   sentences: at least one."""
        more = f"\n- and {len(sentences) - _SHOWN} more" if len(sentences) > _SHOWN else ""
        listed = "".join(f"\n- {sentence}" for sentence in sentences[:_SHOWN])
        super().__init__(f"the registry file {path} is refused:{listed}{more}")
        self.sentences = tuple(sentences)


def load_registry(path: Path | None = None, *, postcodes: Postcodes | None = None) -> Registry:
    """The registry of a file, ready for look-ups; without a path the one that ships with the platform.

    postcodes: the postcode directory of this process, where it has one.
    Raises RegistryFileError naming every fault (the first twenty in its message).
    """
    path = path or SHIPPED
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RegistryFileError(path, [f"it cannot be read ({error.strerror})"]) from None
    digest = hashlib.sha256(raw).hexdigest()
    return Registry(read_registry(raw, path=path), digest=digest, postcodes=postcodes)


def read_registry(raw: bytes, *, path: Path) -> RegistryFile:
    """The checked content of a registry file; raises RegistryFileError. path: named in the message."""
    try:
        data = json.loads(raw, object_pairs_hook=_without_repeated_members)
        file = RegistryFile.model_validate_json(raw)
    except ValidationError as error:
        sentences = [_sentence(fault, data) for fault in error.errors(include_url=False, include_input=False)]
        raise RegistryFileError(path, sentences) from None
    except ValueError as error:
        raise RegistryFileError(path, [f"it is not sound JSON: {error}"]) from None
    found = faults(file)
    if found:
        raise RegistryFileError(path, found)
    return file


def _without_repeated_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {repeated} is written twice in one object")
    return members


def _sentence(fault: ErrorDetails, data: Any) -> str:
    """A fault found by the models as "communities, mill-town, valid_from: why", naming entries by their keys."""
    words: list[str] = []
    for step in fault["loc"]:
        data = _inside(data, step)
        key = next((data[key] for key in _KEYS if key in data), None) if isinstance(data, dict) else None
        words.append(str(key if isinstance(step, int) and key is not None else step))
    return f"{', '.join(words) or 'the file'}: {fault['msg']}"


def _inside(data: Any, step: int | str) -> Any:
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return data.get(step) if isinstance(data, dict) else None
