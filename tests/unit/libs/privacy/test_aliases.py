"""What a person is found by: written as people write it, compared in one form."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.person import Person, PostalAddress
from libs.privacy.aliases import ALIASES, alias_rows, as_written, hashes, possible, recognised, sought
from libs.privacy.keys import AliasField, Keys, create_keys, open_keys
from libs.privacy.spelling import normalise, spellings

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
        (EMAIL, "STRASSE@MÜNCHEN.de", "", "strasse@xn--mnchen-3ya.de"),
        (EMAIL, "Straße@straße.de", "", "strasse@xn--strae-oqa.de"),
        (EMAIL, "nobody", "", "nobody"),
        (EMAIL, "a@xn--ib9b.de", "", "a@xn--ib9b.de"),
        (EMAIL, f"a@{'ü' * 64}.de", "", f"a@{'ü' * 64}.de"),
        (PHONE, "٠٣٠ ٩٠١٨٢٠", "", "030901820"),
        (PHONE, "०३० ९०१८२०", "DE", "+4930901820"),
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


NUMBERS = {
    "DE": ("+49 30 901821", "030 901821", "(030) 90 18-21", "30901821", "0049 30 901821", "+49 (0)30/901821"),
    "AT": ("+43 664 1234567", "0664 1234567", "０６６４ １２３４５６７", "0043 664 1234567"),
    "QA": ("+974 4412 3456", "44123456", "00974-4412-3456"),
    "IT": ("+39 06 1234 5678", "06 12345678", "0039 06 12345678"),
    "US": ("+1 415 555 2671", "(415) 555-2671", "1-415-555-2671"),
    "RU": ("+7 495 123-45-67", "8 (495) 123-45-67", "495 1234567"),
}
EMAILS = (
    *("Straße.x@münchen.de", "STRASSE.x@münchen.de", "strasse.X@MÜNCHEN.de", " straße.x@xn--mnchen-3ya.DE"),
    *("Straße.x@mu\N{COMBINING DIAERESIS}nchen.de", "ｓｔｒａｓｓｅ.x@xn--mnchen-3ya.de"),
)


@given(st.sampled_from(sorted(NUMBERS)), st.booleans(), st.data())
def test_every_spelling_of_a_number_meets_every_other_whether_its_country_was_stored_or_not(
    keys: Keys, country: str, located: bool, data: st.DataObject
) -> None:
    stored, asked = (data.draw(st.sampled_from(NUMBERS[country])) for _ in range(2))
    row = Person(phone=stored, address=PostalAddress(country=country) if located else None)
    wanted = sought(keys, Person(phone=asked), country)
    assert hashes(keys, row) & wanted
    assert recognised(keys, row, country) & wanted


@given(st.sampled_from(EMAILS), st.sampled_from(EMAILS))
def test_every_spelling_of_an_email_meets_every_other(keys: Keys, stored: str, asked: str) -> None:
    assert hashes(keys, Person(email=stored)) & sought(keys, Person(email=asked), "")


def test_the_same_digits_in_another_country_are_somebody_else_unless_that_is_how_the_person_writes_them(
    keys: Keys,
) -> None:
    doha = Person(phone="4412 3456")
    kuwait = sought(keys, Person(phone="+965 4412 3456"), "KW")
    assert hashes(keys, doha) & kuwait
    assert not recognised(keys, doha, "QA") & kuwait
    assert recognised(keys, doha, "QA") & as_written(keys, Person(phone="44123456"))
    at_home = Person(phone="4412 3456", address=PostalAddress(country="QA"))
    assert not recognised(keys, at_home, "QA") & as_written(keys, Person(phone="44123456"))
    assert as_written(keys, Person(phone="+965 4412 3456")) == as_written(keys, Person()) == frozenset()


def test_two_persons_of_a_row_with_one_alias_share_its_row(keys: Keys) -> None:
    assert len(alias_rows(keys, ALIASES, "row", [Person(email="a@b.c"), Person(email="A@B.C")])) == 1


LABELS = ("xn--ib9b", "xn--", "xn--a", "XN--IB9B", "xn--ß", "xn--99999999999999999999", "ü" * 64, "。", "．")
MARKS = (
    "\N{COMBINING ACUTE ACCENT}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\0",
    "\ufdd0",
    "\U0010ffff",
    "ﷺ",
    "İ",
    "ͅ",
    "ſ",
    "㈜",
)
DIGITS = ("²", "٣", "①", "𝟘", "9" * 40, "+", "+49", "0", "(", "]", "://", "@", "'", " and", "　", "xn--" + "9" * 70)
TEXTS = st.lists(st.text(max_size=20) | st.sampled_from((*LABELS, *MARKS, *DIGITS)), max_size=6).map("".join)
COUNTRIES = st.sampled_from(("", "DE", "IT", "RU", "US", "AR", "001", "ZZ"))


@given(TEXTS | st.tuples(TEXTS, TEXTS).map("@".join), COUNTRIES)
def test_any_text_has_a_form_that_is_its_own_and_every_spelling_of_it_can_be_hashed(
    keys: Keys, text: str, country: str
) -> None:
    for field in AliasField:
        form = normalise(field, text, country)
        assert normalise(field, form) == form
        for one in (form, *spellings(field, text, country)):
            keys.blind(field, one)


@given(TEXTS, TEXTS, TEXTS, COUNTRIES)
def test_a_person_with_any_text_in_every_field_is_found_by_itself(
    keys: Keys, email: str, phone: str, person_id: str, country: str
) -> None:
    person = Person(email=email, phone=phone, person_id=person_id, address=PostalAddress(country=country))
    assert hashes(keys, person) <= sought(keys, person, country)
    assert hashes(keys, person) <= recognised(keys, person, country)
    assert possible(keys, person, country).isdisjoint(sought(keys, person, country))
    as_written(keys, person)
    rows = alias_rows(keys, ALIASES, "row", [person])
    assert hashes(keys, person) <= {one.hash for one in rows.values()}


@pytest.mark.parametrize(
    "label", ["".join(chr(0x4E00 + one) for one in range(16_000)), "xn--" + "a9" * 30_000], ids=["letters", "encoded"]
)
def test_a_label_longer_than_any_domain_has_is_not_translated(label: str) -> None:
    """Translated, the first one takes seconds, and the square of its length."""
    assert spellings(EMAIL, f"a@{label}") == {f"a@{label}"}
