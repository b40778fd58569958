"""Every text of a package is there in every language, says the same things, and everything that is shown has one."""

import re

import pytest

from libs.person import Person
from libs.privacy.unsought import What, unsought
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.package.usecases.texts import FOLDER, Language, LanguageNotBuilt, Texts, language_of
from services.compliance.package.usecases.withholding import Ground
from services.compliance.requests.domain.request import SERVICES
from tests.compositions import COMPOSITIONS

ENGLISH = Texts(Language.ENGLISH)


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


def test_there_is_a_file_for_every_language_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{one.value}.toml" for one in Language}


@pytest.mark.parametrize("language", Language)
def test_no_language_lacks_a_text_or_what_stands_in_it(language: Language) -> None:
    texts = Texts(language)
    assert list(texts.all) == list(ENGLISH.all)
    assert not [key for key, text in texts.all.items() if not text.strip()]
    wrong = [key for key, text in texts.all.items() if _placeholders(text) != _placeholders(ENGLISH.all[key])]
    assert wrong == []


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_no_text_was_left_in_english(language: Language) -> None:
    same = {key for key, text in Texts(language).all.items() if text == ENGLISH.all[key]}
    assert {one for one in same if len(ENGLISH.all[one]) > len("{service}: {kind} ({count})")} == set()


@pytest.mark.parametrize("language", Language)
def test_whatever_a_page_names_has_a_text(language: Language) -> None:
    texts = Texts(language)
    kinds = {
        kind.name
        for name, one in COMPOSITIONS.items()
        for kind in one.kinds
        if kind.persons is not None or unsought(name, kind)
    }
    wanted = {
        *(f"service.{one}.{part}" for one in SERVICES for part in ("title", "purpose", "source")),
        *(f"kind.{one}" for one in kinds),
        *(f"person.{one}" for one in Person.__struct_fields__),
        *(f"meaning.{one.name}" for one in What),
        *(f"withheld.{one.value}" for one in Ground),
        *("rights.OTHER", "complaint.OTHER"),
    }
    assert wanted - texts.all.keys() == set()
    regimes = {key.partition(".")[2] for key in texts.all if key.startswith(("rights.", "complaint."))}
    assert regimes <= {one.name for one in Regime}


@pytest.mark.parametrize(
    ("asked", "locale", "country", "language"),
    [
        ("", "", "DE", Language.GERMAN),
        ("", "", "AT", Language.GERMAN),
        ("", "", "CN", Language.CHINESE),
        ("", "", "TW", Language.ENGLISH),
        ("", "", "BR", Language.PORTUGUESE),
        ("", "", "SA", Language.ARABIC),
        ("", "", "FR", Language.ENGLISH),
        ("", "", "XX", Language.ENGLISH),
        ("", "pt-BR", "DE", Language.PORTUGUESE),
        ("", "zh_CN", "DE", Language.CHINESE),
        ("", "zh-Hant", "CN", Language.CHINESE),
        ("", "fr", "DE", Language.GERMAN),
        ("", "no language", "DE", Language.GERMAN),
        ("ar", "pt-BR", "DE", Language.ARABIC),
        ("de-CH", "", "CN", Language.GERMAN),
        ("zh", "", "DE", Language.CHINESE),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_person_else_that_of_the_country(
    asked: str, locale: str, country: str, language: Language
) -> None:
    assert language_of(asked, locale, country) is language


@pytest.mark.parametrize("asked", ["fr", "zh-TW", "tlh", "x"])
def test_a_language_that_is_not_there_is_refused_by_name(asked: str) -> None:
    with pytest.raises(LanguageNotBuilt, match=f"{asked} is not there: en, de, zh-Hans, pt-BR, ar are"):
        language_of(asked, "", "DE")


def test_numbers_are_written_as_the_language_writes_them() -> None:
    shown = {one: Texts(one).text("page.records", count=12_345) for one in Language}
    assert shown[Language.ENGLISH].endswith("12,345")
    assert shown[Language.GERMAN].endswith("12.345")


@pytest.mark.parametrize(
    "value", ["2026-13-45", "2026", "20260302T", "9999-12-31T23:59:59-23:59", "2026-03-02x", "text"]
)
def test_a_value_that_is_no_date_is_shown_as_it_is(value: str) -> None:
    assert ENGLISH.value(value) == value
