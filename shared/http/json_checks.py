"""What JSON permits and we do not: duplicate keys, NaN, numbers no integer column holds, lone surrogates, NUL, deep nests.

Pydantic keeps the last of two equal keys and reads 1e999 as infinity, so the text is looked at before it is validated.
In the common case that is a few searches of bytes beside one reading; pointers are made only when something is wrong.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from shared.http.validation import json_pointer
from shared.problems import BadRequest, FieldError, TooLarge

DEEPEST: Final = 32
MOST_DIGITS: Final = 18
"""Integers of at most 18 digits fit PostgreSQL's bigint."""
MOST_FAULTS: Final = 100
MOST_VALUES: Final = 50_000
"""In one body. A megabyte could hold ten times as many, and would hold up everybody else for seconds."""
MOST_MEMBERS: Final = 1000
"""In one object: no body has so many, and each unknown one costs a fault."""

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# What only the slow pass may judge; the reader itself refuses what is not finite.
_MANY_DIGITS = re.compile(rb"\d{%d}" % (MOST_DIGITS + 1))
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DETAILS: Final = {
    "body.duplicate_key": "The object names a member twice.",
    "number.not_finite": "The number must be finite.",
    "number.range": "The number has too many digits.",
    "text.surrogate": "The text has half of a surrogate pair.",
    "text.control_character": "The text has a NUL character.",
}


class _Found(Exception):  # noqa: N818 -- a signal between the scanner's hooks and its caller
    """Something is wrong; the slow pass will say where."""


def strict_json(raw: bytes) -> Any:
    """What a body says, which must be the strict JSON of the contract.

    Raises BadRequest with every fault and its pointer, TooLarge for one of more values than anybody needs.
    """
    text = _decoded(raw)
    _check_values(raw)
    try:
        document = orjson.loads(raw)
    except ValueError:
        pass
    else:
        if _is_plain(raw, document):
            return document
    _check_depth(raw)
    try:
        document = _STRICT.decode(text)
    except _Found:
        raise _refusal(raw) from None
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.", code="body.json") from None
    # An escape is the only way a surrogate or a NUL gets through valid UTF-8 and the scanner.
    if b"\\u" in raw and any(_faults(_MARKING.decode(text), [])):
        raise _refusal(raw)
    return document


def _is_plain(raw: bytes, document: Any) -> bool:
    """Whether a body that could be read has nothing in it that the slow pass would have to look at."""
    if b"\\u" in raw:
        return False
    bare = _STRING.sub(b"", raw) if b"\\" in raw else b"".join(raw.split(b'"')[::2])
    if bare.count(b",") >= MOST_MEMBERS or _MANY_DIGITS.search(bare) or not _is_shallow(bare):
        return False
    # Of members named twice only the last was read: written again the document has fewer texts.
    return _texts_in(orjson.dumps(document)) == _texts_in(raw)


def _texts_in(valid: bytes) -> int:
    """How many texts, names of members among them, a piece of valid JSON has."""
    return len(_STRING.findall(valid)) if b"\\" in valid else valid.count(b'"') // 2


def _is_shallow(bare: bytes) -> bool:
    """Whether brackets that close are nested no deeper than is allowed: each round takes the innermost away."""
    brackets = bare.translate(None, _NOT_BRACKETS)
    for _ in range(DEEPEST):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


def _decoded(raw: bytes) -> str:
    if not raw.strip(b" \t\r\n"):
        raise BadRequest("The body is empty; JSON is needed.", code="body.required")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.", code="body.encoding") from None
    if text.startswith("\ufeff"):
        raise BadRequest("The body must be UTF-8 without a byte order mark.", code="body.encoding")
    return text


def _check_values(raw: bytes) -> None:
    """Count before anything is built: commas outside texts are one less than the values beside each other."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") <= MOST_VALUES:
        return
    bare = _STRING.sub(b"", raw)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MOST_VALUES:
        _check_depth(bare[:MOST_VALUES])  # a deep nest is called one
        raise TooLarge(f"The body may have {MOST_VALUES} values.")


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth = 0
    for token in _TOKEN.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise BadRequest(f"The body is nested more than {DEEPEST} deep.", code="body.too_deep")
        elif first in b"]}":
            depth -= 1


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_MEMBERS:
        raise TooLarge(f"An object may have {MOST_MEMBERS} members.")
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Found
    return members


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Found
    return int(digits)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Found
    return number


def _constant(_: str) -> float:
    raise _Found


class _Object(dict[str, Any]):
    """An object of the slow pass that remembers which members were named twice."""

    repeated: tuple[str, ...] = ()


class _Fault(str):
    """A code standing where its bad value was."""

    __slots__ = ()


def _marking_pairs(pairs: list[tuple[str, Any]]) -> _Object:
    members = _Object(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        members.repeated = tuple(sorted({name for name in names if names.count(name) > 1}))
    return members


_STRICT = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
_MARKING = json.JSONDecoder(
    object_pairs_hook=_marking_pairs,
    parse_int=lambda digits: _Fault("number.range") if len(digits) > MOST_DIGITS else 0,
    parse_float=lambda text: _Fault("number.not_finite") if math.isinf(float(text)) else 0.0,
    parse_constant=lambda _: _Fault("number.not_finite"),
)


def _refusal(raw: bytes) -> BadRequest:
    """The problem with every fault; the slow pass."""
    try:
        found = _MARKING.decode(raw.decode())
    except (ValueError, RecursionError):
        return BadRequest("The body is not JSON.", code="body.json")
    errors = [
        FieldError(code, pointer, _DETAILS[code])
        for (code, pointer), _ in zip(_faults(found, []), range(MOST_FAULTS), strict=False)
    ]
    return BadRequest(errors[0].detail, code=errors[0].code, errors=errors)


def _faults(value: Any, path: list[int | str]) -> Iterator[tuple[str, str]]:
    """(code, pointer) of every fault in a marked document. Depth is bounded by DEEPEST."""
    if isinstance(value, _Fault):
        yield str(value), json_pointer(path)
    elif isinstance(value, str):
        if code := _text_fault(value):
            yield code, json_pointer(path)
    elif isinstance(value, _Object):
        for name in value.repeated:
            yield "body.duplicate_key", json_pointer([*path, name])
        for name, member in value.items():
            if code := _text_fault(name):
                yield code, json_pointer(path)
            yield from _faults(member, [*path, name])
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _faults(member, [*path, index])


def _text_fault(text: str) -> str | None:
    if "\0" in text:
        return "text.control_character"
    return "text.surrogate" if any("\ud800" <= character <= "\udfff" for character in text) else None
