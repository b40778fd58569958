"""A text that a pattern refuses is told in words, with the character and its place; the pattern is not shown."""

import re
from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor
from hypothesis import given
from hypothesis import strategies as st

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.wording import in_words

_ID = "^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}$"
_NUMBER = r"^([^\x00-\x20\x7f]([^\x00-\x1f\x7f]{0,62}[^\x00-\x20\x7f])?)?$"


@pytest.mark.parametrize(
    ("pattern", "text", "words"),
    [
        (_NUMBER, "Fahrradhaus\aX", "the character U+0007 at position 12 is a control character"),
        (_NUMBER, " PO", "must not begin with the character U+0020 (a space), at position 1"),
        (_NUMBER, "PO ", "must not end with the character U+0020 (a space), at position 3"),
        (_NUMBER, "x" * 65, "has 65 characters, 64 are allowed"),
        (_ID, "", "must not be empty"),
        (
            _ID,
            "A b",
            "the character U+0020 (a space) at position 2 is not allowed; "
            "allowed are A to Z, a to z, 0 to 9 and . _ : / # -",
        ),
        (_ID, "/a", "must not begin with the character U+002F '/', at position 1"),
        ("^[A-Z]{2}$", "de", "the character U+0064 'd' at position 1 is not allowed; allowed are A to Z"),
        ("^[A-Z]{3}$", "EU", "has 2 characters, it must have 3"),
        ("^([A-Z]{2})?$", "D", "has 1 characters, it must have 2"),
        (r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,10})?$", "1..2", "has not the form that this field takes"),
    ],
)
def test_the_words_name_the_character_and_its_place(pattern: str, text: str, words: str) -> None:
    assert in_words(pattern, text) == words


def _patterns(descriptor: Descriptor, seen: set[str]) -> Iterator[str]:
    if descriptor.full_name in seen:
        return
    seen.add(descriptor.full_name)
    for field in descriptor.fields:
        if pattern := field.GetOptions().Extensions[validate_pb2.field].string.pattern:
            yield pattern
        if field.message_type is not None:
            yield from _patterns(field.message_type, seen)


_OURS = sorted(
    {
        pattern
        for row in (orders_pb.ImportOrdersRequest, partners_pb.ImportPartnersRequest)
        for pattern in _patterns(row.DESCRIPTOR, set())
    }
)


@given(st.sampled_from(_OURS), st.text(max_size=80))
def test_no_text_that_is_refused_is_without_words_and_none_shows_a_pattern(pattern: str, text: str) -> None:
    if re.fullmatch(pattern, text) is None:
        words = in_words(pattern, text)
        assert words
        assert pattern not in words
        if found := re.search(r"U\+([0-9A-F]+).*position ([0-9]+)", words):
            assert text[int(found[2]) - 1] == chr(int(found[1], 16))
