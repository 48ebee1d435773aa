"""Strict JSON, against what the standard library makes of the same texts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.json_checks import DEEPEST, strict_json
from shared.problems import BadRequest

TEXTS = st.text(alphabet='ab"\\{}[],:\né\u2028', max_size=5).map(json.dumps) | st.text(
    alphabet="ab{}[],:é", max_size=5
).map(lambda text: json.dumps(text, ensure_ascii=False))
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr)
)
BLANKS = st.sampled_from(["", " ", "\n"])


def _object(members: list[tuple[str, str, str]]) -> str:
    return "{" + ",".join(f"{blank}{name}:{value}" for name, value, blank in members) + "}"


DOCUMENTS = st.recursive(
    TEXTS | NUMBERS | st.sampled_from(["true", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(TEXTS, inner, BLANKS), max_size=3).map(_object)
    ),
    max_leaves=12,
)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("named twice")
    return dict(pairs)


def _short(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError("many digits")
    return int(digits)


@given(DOCUMENTS)
def test_what_is_read_and_what_is_refused_is_what_the_slow_way_says(text: str) -> None:
    try:
        expected = json.loads(text, object_pairs_hook=_once, parse_int=_short)
    except ValueError:
        with pytest.raises(BadRequest):
            strict_json(text.encode())
    else:
        assert strict_json(text.encode()) == expected


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}"), ('{"\\"[":', "}")])
def test_a_nest_is_measured_by_its_brackets_and_not_by_those_in_texts(opens: str, closes: str) -> None:
    deepest = opens * DEEPEST + '"[[{"' + closes * DEEPEST
    assert strict_json(deepest.encode()) == json.loads(deepest)
    with pytest.raises(BadRequest) as refused:
        strict_json(f"[{deepest}]".encode())
    assert refused.value.code == "body.too_deep"
