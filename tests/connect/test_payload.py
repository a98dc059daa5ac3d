"""JSON as it crosses the wire."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_run.connect.payload import PayloadError, parse_json, write_json

DOUBTFUL = {
    "nothing": b"",
    "a page": b"<html>Sign in</html>",
    "a cut document": b'{"itemId": 1',
    "two documents": b'{"itemId": 1}{"itemId": 2}',
    "a byte order mark": b'\xef\xbb\xbf{"itemId": 1}',
    "another encoding": '{"name": "Ünal"}'.encode("latin-1"),
    "not a number": b'{"total": NaN}',
    "infinity": b'{"total": -Infinity}',
    "a field twice": b'{"itemId": 1, "itemId": 2}',
    "an endless number": b'{"id": ' + b"9" * 5000 + b"}",
    "an endless fraction": b'{"id": 0.' + b"9" * 5000 + b"}",
    "a deep nest": b"[" * 100_000 + b"]" * 100_000,
    "half a character": b'{"name": "\\ud83d"}',
    "a zero byte": b'{"name": "a\\u0000b"}',
}


@pytest.mark.parametrize("body", DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_doubtful_document_is_not_read(body):
    with pytest.raises(PayloadError):
        parse_json(body)


def test_numbers_are_exact():
    assert parse_json(b'{"a": 0.10, "b": 3}') == {"a": Decimal("0.10"), "b": 3}
    assert write_json({"a": Decimal("0.10"), "b": [Decimal("1E+3")]}) == b'{"a":0.10,"b":[1000]}'


def test_a_binary_fraction_is_never_written():
    with pytest.raises(TypeError):
        write_json({"a": 0.1})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**9), max_value=10**9)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_back_equal(value):
    try:
        back = parse_json(write_json(value))
    except PayloadError:
        assert "\\u0000" in write_json(value).decode()
    else:
        assert back == value
