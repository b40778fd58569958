"""What a person is found by: written as people write it, compared in one form."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.person import Person, PostalAddress
from libs.privacy.aliases import ALIASES, alias_writes, hashes, normalise
from libs.privacy.keys import AliasField, Keys, create_keys, open_keys
from libs.store.port import Delete, Put

EMAIL, PHONE, ID = AliasField.EMAIL, AliasField.PHONE, AliasField.PERSON_ID


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder: Path = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return open_keys(folder)


@pytest.mark.parametrize(
    ("field", "value", "country", "form"),
    [
        (EMAIL, " Ngozi.Okafor@Example.ORG ", "", "ngozi.okafor@example.org"),
        (EMAIL, "ｎｇｏｚｉ＠ｅｘａｍｐｌｅ．ｏｒｇ", "", "ngozi@example.org"),
        (EMAIL, "Jo\N{COMBINING DIAERESIS}rg@example.org", "", "jörg@example.org"),
        (PHONE, "+49 (30) 901820", "", "+4930901820"),
        (PHONE, "030 / 90 18 20", "DE", "+4930901820"),
        (PHONE, "0049 30 901820", "DE", "+4930901820"),
        (PHONE, "＋８６ 138 0013 8000", "", "+8613800138000"),
        (PHONE, "0803 123 4567", "NG", "+2348031234567"),
        (PHONE, "030 901820", "", "030901820"),
        (PHONE, "ext", "DE", ""),
        (ID, " psn_de_01 ", "", "psn_de_01"),
        (ID, "Psn", "", "Psn"),
    ],
)
def test_one_person_has_one_form_however_it_is_written(field: AliasField, value: str, country: str, form: str) -> None:
    assert normalise(field, value, country) == form


@given(st.emails())
def test_case_and_width_of_an_email_make_no_difference(email: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in email)
    assert normalise(EMAIL, email.upper()) == normalise(EMAIL, email) == normalise(EMAIL, wide)


def test_a_person_is_found_by_everything_it_is_known_by_and_nothing_else(keys: Keys) -> None:
    german = PostalAddress(country="DE")
    known = Person(person_id="psn_1", name="Jo", email="Jo@Example.org", phone="030 901820", address=german)
    assert hashes(keys, known) == {
        keys.blind(EMAIL, "jo@example.org"),
        keys.blind(PHONE, "+4930901820"),
        keys.blind(ID, "psn_1"),
    }
    assert hashes(keys, Person(name="Jo", job_title="Buyer")) == frozenset()


def test_a_changed_person_leaves_the_rows_it_is_no_longer_found_by(keys: Keys) -> None:
    before = Person(person_id="psn_1", email="old@example.org")
    after = Person(person_id="psn_1", email="new@example.org")
    writes = alias_writes(keys, ALIASES, "row", before=[before], after=[after])
    new, old = keys.blind(EMAIL, "new@example.org"), keys.blind(EMAIL, "old@example.org")
    assert [(type(one), one.document.id if isinstance(one, Put) else one.id) for one in writes] == [
        (Put, f"{new}:alias:row"),
        (Delete, f"{old}:alias:row"),
    ]
    assert alias_writes(keys, ALIASES, "row", before=[before], after=[before]) == ()


def test_two_persons_of_a_row_with_one_alias_share_its_row(keys: Keys) -> None:
    one, two = Person(email="a@b.c"), Person(email="A@B.C")
    assert len(alias_writes(keys, ALIASES, "row", after=[one, two])) == 1
    assert alias_writes(keys, ALIASES, "row", before=[one, two], after=[two]) == ()
