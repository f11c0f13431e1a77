"""Lines of keys in TOML text, and plain data as TOML text."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from leukin.catalog.toml_lines import key_lines, parse_document
from leukin.catalog.toml_text import to_text

TEXT = '''\
# a remark with [brackets] and "quotes"
title = "one = [two]"   # not a header

[[arm]]
name = "first"
doses = [
  { at = "0 h" },   # inside
  { at = "8 h" },
]

  [arm.retreat]
  courses = 3

[[arm]]
name = """
several
lines = 1
"""
after = 'x'
[[arm.dose]]
amount = "1 mg"
[[arm.dose]]
amount = "2 mg"
[table."odd key"]
a.b = 1
inline = { p = 1, q = "[" }
'''


def test_lines_of_every_kind_of_key() -> None:
    tomllib.loads(TEXT)
    lines = key_lines(TEXT)
    assert lines[("title",)] == 2
    assert lines[("arm", 0)] == 4
    assert lines[("arm", 0, "name")] == 5
    assert lines[("arm", 0, "doses")] == 6
    assert lines[("arm", 0, "retreat")] == 11
    assert lines[("arm", 0, "retreat", "courses")] == 12
    assert lines[("arm", 1, "name")] == 15
    assert lines[("arm", 1, "after")] == 19
    assert lines[("arm", 1, "dose", 0, "amount")] == 21
    assert lines[("arm", 1, "dose", 1, "amount")] == 23
    assert lines[("table", "odd key")] == 24
    assert lines[("table", "odd key", "a", "b")] == 25
    assert lines[("table", "odd key", "inline", "q")] == 26
    assert ("lines",) not in lines and ("not a header",) not in lines


def test_nearest_line_and_name_of_a_path() -> None:
    document = parse_document(TEXT.encode(), "x.toml")
    assert document.line(("arm", 1, "dose", 1, "missing")) == 22
    assert document.line(("arm", 0, "doses", 1, "at")) == 6
    assert document.line(("nowhere",)) == 1
    assert document.name(("arm", 1, "dose", 0, "amount")) == "arm[2].dose[1].amount"
    one = parse_document(b"[[arm]]\nname = 1\n", "x.toml")
    assert one.name(("arm", 0, "name")) == "arm.name"


def test_windows_line_ends() -> None:
    document = parse_document(b"a = 1\r\n\r\nb = 2\r\n", "x.toml")
    assert document.line(("b",)) == 3


plain = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
keys = st.text(min_size=1, max_size=6)
values = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=5))
def test_text_reads_back_as_the_data(data: dict[str, object]) -> None:
    assert tomllib.loads(to_text(data)) == data
