"""Every refusal of the product has a sentence in each of its languages, and a caller gets it in the best of its own."""

from importlib.resources import files

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import MORE_VIOLATIONS
from libs.language import ENGLISH, HEADER_CHARS, LANGUAGES, TRANSLATED, chosen, refusal_text
from tests.contracts.proto.reasons import said
from tests.unit.libs.language.reasons import ALIASES, of_code, of_rules, sources

COPIED_AT_MOST = 0.02  # of the sentences of a language may be those of another


def catalogue(language: str, folder: str = "refusals") -> Catalog:
    with files("libs.language").joinpath(folder, f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)


def faults(found: Catalog) -> set[str]:
    """What a catalogue lacks, has too much, has twice, or has translated from another English sentence."""
    meant = {reason: one.when for reason, one in said().items()}
    texts = {str(one.id): one for one in found if one.id}
    wrong = {f"{reason} is missing" for reason in meant.keys() - texts.keys()}
    wrong |= {f"{reason} is no reason" for reason in texts.keys() - meant.keys()}
    for reason in meant.keys() & texts.keys():
        if " ".join(texts[reason].auto_comments) != meant[reason]:
            wrong.add(f"{reason} has another meaning in English now")
        if len(str(texts[reason].string)) < 5 or texts[reason].fuzzy:
            wrong.add(f"{reason} has no translation")
    return wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_has_a_sentence_in_every_language(language: str) -> None:
    assert faults(catalogue(language)) == set()


def test_a_missing_a_foreign_and_an_outdated_sentence_are_found() -> None:
    broken = catalogue("de")
    broken.delete("NOT_FOUND")
    broken.add("NOT_A_REASON", "Das gibt es nicht.")
    broken["ETAG_MISMATCH"].auto_comments = ["something else"]
    broken["DUPLICATE"].string = ""
    assert faults(broken) == {
        "NOT_FOUND is missing",
        "NOT_A_REASON is no reason",
        "ETAG_MISMATCH has another meaning in English now",
        "DUPLICATE has no translation",
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_of_a_violation_has_a_text_in_every_language(language: str) -> None:
    texts = {str(one.id): str(one.string) for one in catalogue(language, "violations") if one.id}
    given = of_rules() | of_code(sources()) | ALIASES | {MORE_VIOLATIONS}
    assert (given - texts.keys(), texts.keys() - given) == (set(), set())
    assert {reason for reason, text in texts.items() if len(text) < 2} == set()


def test_the_reasons_of_violations_are_found_in_code_and_rules() -> None:
    code = """
def one(): yield Violation("a", "b", "FIRST_REASON"), Violation("a", "b", reason="SECOND_REASON"), Violation("a", "b")
def two():
    for reason in ("THIRD_REASON",): yield Violation("a", "b", reason)
"""
    assert of_code({"x": code}) == {"FIRST_REASON", "SECOND_REASON", "THIRD_REASON", "INVALID"}
    assert {"REQUIRED", "STRING_PATTERN", "REPEATED_MAX_ITEMS", "MONEY_POSITIVE"} <= of_rules()


def test_no_language_is_a_copy_of_another() -> None:
    texts = {
        language: {str(one.id): str(one.string) for one in catalogue(language) if one.id} for language in TRANSLATED
    }
    for one in TRANSLATED:
        for other in TRANSLATED:
            same = [reason for reason in texts[one] if one < other and texts[one][reason] == texts[other][reason]]
            assert len(same) <= COPIED_AT_MOST * len(texts[one]), (one, other, same)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT, en;q=0.5", "de"),
        ("en;q=0.1, fr;q=0.8", "fr"),
        ("tlh, es", "es"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK, en", "zh-Hant"),
        ("zh-Hans-TW", "zh-Hans"),
        ("zh-HK;q=0.9, zh-CN;q=0.8", "zh-Hant"),
        ("pt-PT", "pt-BR"),
        ("AR-eg", "ar"),
        ("de;q=0, ar;q=0.001", "ar"),
        ("de;q=0", ENGLISH),
        ("*", ENGLISH),
        ("", ENGLISH),
        ("de;q=2, fr;q=0.1", "fr"),
        ("x" * HEADER_CHARS + ", de", ENGLISH),
        ("de DE, fr", "fr"),
    ],
)
def test_the_first_language_that_the_product_has_is_taken(header: str, language: str) -> None:
    assert chosen(header) == language


@given(st.text(st.sampled_from("adeprtzhx-;,q=.019 *"), max_size=300))
def test_any_header_gives_a_language_of_the_product(header: str) -> None:
    assert chosen(header) in LANGUAGES


def test_english_and_foreign_reasons_have_no_sentence() -> None:
    assert (refusal_text("NOT_FOUND", ENGLISH), refusal_text("OF_ANOTHER_PRODUCT", "de")) == (None, None)
