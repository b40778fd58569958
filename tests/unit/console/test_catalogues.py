"""Every text of the console is said in every language, and the values of a text survive its translation."""

import re
from gettext import NullTranslations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from services.console.language import LANGUAGES, Languages, catalogue_of, read_catalogues
from services.console.messages import messages

TRANSLATED = [tag for tag in LANGUAGES if tag != "en"]

_PLACE = re.compile(r"%\(\w+\)s")


def catalogue(tag: str) -> Catalog:
    with catalogue_of(tag).open("rb") as stream:
        return read_po(stream, locale=tag.replace("-", "_"))


def missing(texts: list[str | tuple[str, ...]], known: Catalog) -> list[str]:
    """The texts without a translation, or with another number of forms than the language has."""
    found = []
    for text in texts:
        held = known.get(text[0] if isinstance(text, tuple) else text)
        forms = held.string if held and isinstance(held.string, tuple) else ((held.string,) if held else ())
        wanted = known.num_plurals if isinstance(text, tuple) else 1
        if len(forms) != wanted or not all(forms):
            found.append(str(text))
    return found


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_text_is_translated_and_nothing_else(tag: str) -> None:
    texts, known = messages(), catalogue(tag)
    assert missing(texts, known) == []
    assert {one.id for one in known if one.id} - set(texts) == set()


def test_a_text_without_a_translation_is_found() -> None:
    known = catalogue("de")
    assert missing(["Never said before"], known) == ["Never said before"]
    known.add("Said empty", "")
    assert missing(["Said empty"], known) == ["Said empty"]
    assert len(messages()) > 1_000


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_values_of_a_text_survive_its_translation(tag: str) -> None:
    for one in catalogue(tag):
        if isinstance(one.id, str) and isinstance(one.string, str):
            assert sorted(_PLACE.findall(one.id)) == sorted(_PLACE.findall(one.string)), one.id


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.1, es;q=0.9", "es"),
        ("zh-TW", "zh-Hant"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("pt-PT", "pt-BR"),
        ("ar-EG", "ar"),
        ("tlh", "en"),
        ("", "en"),
        ("de;q=x,fr", "fr"),
    ],
)
def test_the_best_language_that_is_accepted_is_spoken(asked: str, spoken: str) -> None:
    languages = Languages("Europe/Berlin", dict.fromkeys(LANGUAGES, NullTranslations()))
    assert languages.best("", asked).tag == spoken
    assert languages.best("ar", asked).tag == "ar"


def test_arabic_reads_from_right_to_left() -> None:
    languages = Languages("Asia/Riyadh", read_catalogues())
    assert languages.of("ar").direction == "rtl"
    assert languages.of("zh-Hant").text("Claims") != "Claims"
    assert {languages.of(tag).direction for tag in LANGUAGES if tag != "ar"} == {"ltr"}


def test_a_duration_is_said_in_words_in_every_language() -> None:
    languages = Languages("Europe/Berlin", read_catalogues())
    for tag in LANGUAGES:
        for seconds in (0, 1, 2, 45, 60, 7_200, 36_000, 86_400, 8 * 86_400, 100 * 86_400):
            assert "duration" not in languages.of(tag).duration(seconds), (tag, seconds)
    assert languages.of("zh-Hans").duration(28_800) == "8小时"
    assert languages.of("en").duration(5_400) == "90 minutes"
