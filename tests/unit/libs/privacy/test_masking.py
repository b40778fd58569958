"""An answer to one person shows what is theirs, and of everybody else in a row nothing but that they are there."""

from typing import Any

import pytest

from libs.document import Document
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.masking import Mask
from tests.builders import an_id

ME, OTHER = an_id("psn", 1), an_id("psn", 2)


class Row(Document, frozen=True, kw_only=True):
    """Texts and persons at every depth."""

    title: str = ""
    address: PostalAddress | None = None
    person: Person | None = None
    texts: tuple[PersonalText, ...] = ()
    command: dict[str, Any] | None = None
    alias_hashes: tuple[str, ...] = ()


def _masked(row: Row, about: Person | None, own: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[str, int]]:
    mask = Mask(lambda person: person.person_id == ME)
    return mask.row(row, about, own), dict(mask.counts)


@pytest.mark.parametrize(
    ("whose", "about", "shown"),
    [
        (ME, None, True),
        (ME, OTHER, True),
        (OTHER, None, False),
        (OTHER, ME, False),
        ("", ME, True),
        ("", OTHER, False),
        ("", None, False),
    ],
)
def test_a_text_is_shown_to_whom_it_names_or_else_to_whom_the_row_is_about(whose: str, about: str, shown: bool) -> None:
    text = PersonalText(person_id=whose, text="is ill")
    row = Row(id="1", texts=(text,), command={"notes": [{"person_id": whose, "text": "is ill"}]})
    tree, counts = _masked(row, Person(person_id=about) if about else None)
    expected = {"person_id": whose, "text": "is ill" if shown else "***"}
    assert (tree["texts"], tree["command"]) == ([expected], {"notes": [expected]})
    assert counts == ({} if shown else {"texts": 2})


@pytest.mark.parametrize(("about", "shown"), [(ME, ["abc"]), (OTHER, []), ("", [])])
def test_hashes_of_aliases_are_shown_to_whom_the_row_is_about(about: str, shown: list[str]) -> None:
    row = Row(id="1", alias_hashes=("abc",), command={"answers": [{"possible_hashes": ["abc"]}]})
    tree, counts = _masked(row, Person(person_id=about) if about else None)
    assert (tree["alias_hashes"], tree["command"]["answers"]) == (shown, [{"possible_hashes": shown}])
    assert counts == {}


@pytest.mark.parametrize("who", [ME, OTHER])
def test_a_person_is_shown_to_themselves_alone(who: str) -> None:
    tree, counts = _masked(Row(id="1", person=Person(person_id=who, name="Jo", email="jo@example.org")), None)
    assert (tree["person"]["name"], tree["person"]["email"]) == (("Jo", "jo@example.org") if who == ME else ("***", ""))
    assert counts == ({} if who == ME else {"persons": 1})


@pytest.mark.parametrize(("about", "shown"), [(None, True), (Person(person_id=ME), True), (Person(), False)])
def test_what_a_row_says_of_a_person_in_plain_fields_is_theirs(about: Person | None, shown: bool) -> None:
    row = Row(id="1", title="Jo", address=PostalAddress(city="Ulm"))
    tree, counts = _masked(row, about, ("title", "address", "person"))
    assert (tree["title"], bool(tree["address"])) == (("Jo", True) if shown else ("***", False))
    assert counts == ({} if shown else {"fields": 2})


def test_what_is_empty_is_not_counted_as_kept_back() -> None:
    tree, counts = _masked(Row(id="1", texts=(PersonalText(person_id=OTHER),)), None)
    assert (tree["texts"], counts) == ([{"person_id": OTHER, "text": ""}], {})


def test_an_alias_of_somebody_else_beside_one_that_is_shared_is_masked() -> None:
    shared, theirs = {"field": "PHONE", "value": "+4930901820"}, {"field": "EMAIL", "value": "other@example.org"}
    mask = Mask(lambda person: person.phone == shared["value"])
    row = Row(id="1", command={"aliases": [shared, theirs, {"field": "PERSON_ID", "value": OTHER}]})
    shown = mask.row(row, None, ())["command"]["aliases"]
    assert shown == [shared, {**theirs, "value": "***"}, {"field": "PERSON_ID", "value": "***"}]
    assert dict(mask.counts) == {"fields": 2}
