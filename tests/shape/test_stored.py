"""Documents only gain fields that may be absent: nothing of services/stored.txt is removed or made another type.

So a process of the release before can read what this one stores, and this one what that one stores, in any order.
`make stored` accepts additions as the new promise. A kind that no release reads any more is removed there by hand.
"""

from typing import Any

import msgspec
import pytest

from libs.store.port import Document
from tests.shape.stored import PROMISED, breaches, lines_of, stored


class Part(msgspec.Struct, frozen=True):
    """A nested value."""

    count: int
    note: str = ""


class Before(Document, frozen=True, kw_only=True):
    """A document of the release before."""

    name: str
    parts: tuple[Part, ...] = ()


class Wider(Part, frozen=True):
    """The nested value with more."""

    unit: str = ""


class Needing(msgspec.Struct, frozen=True):
    """The nested value with more that must be there."""

    count: int
    unit: str
    note: str = ""


class Good(Before, frozen=True, kw_only=True):
    """What the next release may store."""

    parts: tuple[Wider, ...] = ()
    code: str | None = None


class Removed(Document, frozen=True, kw_only=True):
    """Without the parts."""

    name: str


class Retyped(Document, frozen=True, kw_only=True):
    """With a name that may be absent."""

    name: str | None = None
    parts: tuple[Part, ...] = ()


class Required(Before, frozen=True, kw_only=True):
    """With a field that must be there."""

    code: str


class Deeper(Document, frozen=True, kw_only=True):
    """With one in a part."""

    name: str
    parts: tuple[Needing, ...] = ()


def _lines(type: Any) -> list[str]:
    return list(lines_of("shop", "good", type))


def test_nothing_stored_is_gone_or_of_another_type() -> None:
    assert breaches(PROMISED.read_text().splitlines(), stored()) == []


def test_every_stored_field_is_promised() -> None:
    assert PROMISED.read_text().splitlines() == stored(), "something was added: run `make stored` and commit it"


def test_optional_fields_may_be_added() -> None:
    assert breaches(_lines(Before), _lines(Good)) == []
    assert breaches(_lines(Before), [*_lines(Before), *lines_of("shop", "other", Required)]) == []


@pytest.mark.parametrize(
    ("after", "wrong"),
    [
        (Removed, ["parts is gone", "parts[].count is gone", "parts[].note is gone"]),
        (Retyped, ["name was str and is none|str?"]),
        (Required, ["code is new and has no default, so documents without it cannot be read"]),
        (Deeper, ["parts[].unit is new and has no default, so documents without it cannot be read"]),
    ],
)
def test_what_another_release_cannot_read_is_named(after: Any, wrong: list[str]) -> None:
    assert breaches(_lines(Before), _lines(after)) == [f"shop good {one}" for one in wrong]


def test_a_value_of_an_enumeration_stays() -> None:
    promised = ["shop good state = NEW", "shop good state = OLD", "shop good state enum"]
    assert breaches(promised, promised[1:]) == ["shop good state = NEW is gone"]
    assert breaches(promised[1:], promised) == []
