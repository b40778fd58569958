"""A note says something, and whom it names is known."""

import pytest

from libs.errors import InvalidInput
from libs.person import Person, PersonalText
from services.partners.notes.domain import persons, written
from services.partners.notes.events import PartnerNoteCreated
from tests.builders import NOW, an_id

ID, PARTNER, ANNA = an_id("pnt"), an_id("ptn"), an_id("psn")


def test_a_note_is_announced_without_what_it_says() -> None:
    note, event = written(ID, PARTNER, PersonalText(person_id=ANNA, text="Ruft montags an."), now=NOW)
    assert event == PartnerNoteCreated(partner_note_id=ID, partner_id=PARTNER)
    assert persons(note) == (Person(person_id=ANNA),)


def test_a_note_that_says_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        written(ID, PARTNER, PersonalText(text=" "), now=NOW)
