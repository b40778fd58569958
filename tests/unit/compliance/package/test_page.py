"""The page for a person: what is held first, then what must be told, machinery last; nothing is lost, nothing runs."""

import re
from html import unescape
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.person import Person, PersonalText, PostalAddress
from libs.subject_data import Holdings, Section
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.package.usecases.flattening import flatten
from services.compliance.package.usecases.page import PERSON_FIELDS, render_page, show_section
from services.compliance.package.usecases.texts import Language, Texts
from services.compliance.package.usecases.unsearched import unsearched
from services.compliance.package.usecases.withholding import withheld
from services.compliance.requests.domain.request import SubjectRequest
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Review
from tests.builders import NOW, an_id
from tests.unit.compliance.asked import a_request, an_answer
from tests.unit.compliance.package.test_rendering import JSON

ME = Person(
    person_id=an_id("psn"),
    name="Jörg",
    email="jm@x.example",
    address=PostalAddress(country="DE", lines=("Am Markt 1",)),
)
DEAL = Registration(
    id=an_id("reg"),
    version=7,
    partner_id=an_id("ptn"),
    customer=Customer(legal_name="Zweirad GmbH", country="DE"),
    customer_contact=ME,
    sales_contact=Person(person_id=an_id("psn", 2), name="***"),
    description=PersonalText(person_id=ME.person_id, text="Wants routers"),
    review=Review.APPROVED,
    keys=("domain:abc",),
    external_source="crm",
    create_time=NOW,
    update_time=NOW,
)


def _held(service: str, kind: str, *rows: dict[str, Any]) -> Holdings:
    return Holdings(
        service=service, case_id=an_id("dsr"), round=1, sections=(Section(kind=kind, schema={}, rows=rows),)
    )


def _page(
    *loaded: Holdings,
    regime: Regime = Regime.GDPR,
    language: Language = Language.ENGLISH,
    missing: tuple[str, ...] = (),
) -> str:
    return _page_of(a_request(regime=regime), *loaded, language=language, missing=missing)


def _page_of(
    request: SubjectRequest,
    *loaded: Holdings,
    language: Language = Language.ENGLISH,
    missing: tuple[str, ...] = (),
) -> str:
    texts = Texts(language)
    sections = [show_section(texts, one.service, part, flatten(part)) for one in loaded for part in one.sections]
    page = render_page(texts, request, sections, withheld(loaded), unsearched(loaded), cell="de", missing=missing)
    return page.decode()


def test_a_page_begins_with_what_is_held_goes_on_with_why_and_ends_with_every_field() -> None:
    page = _page(_held("deals", "registration", msgspec.to_builtins(DEAL)))
    told, fields = page.index("<h1>Why it is stored"), page.index("<h1>Every field as it is stored")
    first, last = page[:told], page[fields:]
    assert "Records about you: 1" in first
    assert "<tr><td>Deals<td>deal<td>1" in first
    for label, value in (("Name", "Jörg"), ("Email", "jm@x.example"), ("Address", "DE, Am Markt 1")):
        assert f'<tr><th scope="row">{label}<td dir="auto">{value}\n<td>Deals' in first
    assert '<tr><th scope="row" lang="en" dir="ltr">customer, legal name<td dir="auto">Zweirad GmbH' in first
    assert "Wants routers" in first
    assert not [one for one in (DEAL.id, DEAL.partner_id, "domain:abc", "version") if one in first]
    assert all(f'<td dir="auto">{one}' in last for one in (DEAL.id, DEAL.partner_id, "domain:abc", "7"))


def test_what_the_law_says_a_person_must_be_told_is_told_of_what_is_there() -> None:
    page = _page(_held("deals", "registration", msgspec.to_builtins(DEAL)), _held("orders", "order"))
    told = page[page.index("<h1>Why it is stored") : page.index("<h1>Every field")]
    texts = Texts(Language.ENGLISH)
    assert texts.text("service.deals.purpose") in told
    assert texts.text("service.deals.source") in told
    assert texts.text("service.orders.purpose") not in told
    line = '<tr><th scope="row">'
    assert f"{line}Imported from<td>crm" in told
    assert f"{line}Kinds of data<td>Name, Email, Address, Number in this system, and what was written by you" in told
    assert "In the part of this system called de" in told
    titles = ("Who sees it", "How long", "Decisions by machine", "Your rights", "Where you can complain")
    assert all(f"{line}{one}" in told for one in titles)


@pytest.mark.parametrize("regime", Regime)
def test_rights_are_those_of_the_law_that_is_asked_under(regime: Regime) -> None:
    page = _page(regime=regime)
    named = ("(Art. 17)", "(Art. 77 GDPR)", "Information Commissioner", "Art. 45 PIPL", "ANPD", "SDAIA")
    found = {one for one in named if one in page}
    own = {
        Regime.GDPR: {"(Art. 17)", "(Art. 77 GDPR)"},
        Regime.UK_GDPR: {"(Art. 17)", "Information Commissioner"},
        Regime.PIPL: {"Art. 45 PIPL"},
        Regime.LGPD: {"ANPD"},
        Regime.SA_PDPL: {"SDAIA"},
    }
    assert found == own.get(regime, set())
    assert ("authority for data protection of your country" in page) == (regime not in own)


def test_who_is_not_known_is_told_so() -> None:
    page = _page(_held("deals", "registration"))
    assert "Nothing is stored about you." in page
    assert '<tr><th scope="row">Kinds of data<td>none' in page


def test_a_search_that_was_stopped_is_told_before_anything_else() -> None:
    stopped = a_request(answers=(an_answer("deals", hashes=("b", "c")),))
    page = _page_of(stopped)
    assert "This is not everything: the search was stopped" in page[: page.index("Nothing is stored")]
    assert "found and not looked for: 2." in page
    assert "This is not everything" not in _page()


def test_no_field_of_a_person_is_forgotten() -> None:
    assert set(PERSON_FIELDS) == set(Person.__struct_fields__)


def test_a_partial_package_says_whose_answer_is_missing_before_anything_else() -> None:
    page = _page(_held("deals", "registration", msgspec.to_builtins(DEAL)), missing=("orders", "tickets"))
    assert "This is not everything: no answer yet from Orders and Support." in page[: page.index("Records about you")]
    assert "every part answered" not in page


@pytest.mark.parametrize("language", Language)
def test_a_page_is_in_the_language_and_direction_of_the_person(language: Language) -> None:
    row = {**msgspec.to_builtins(DEAL), "protected_until": "2026-05-04T10:00:00Z", "expected_close": "2026-05-04"}
    held = Holdings(service="deals", case_id=an_id("dsr"), round=1, cut=True, renewed=False, sections=())
    page = _page(held, _held("deals", "registration", row), language=language, missing=("orders",))
    direction = "rtl" if language is Language.ARABIC else "ltr"
    assert page.startswith(f'<!doctype html><html lang="{language.value}" dir="{direction}">')
    headings = re.findall(r"<(?:h1|h2|h3|title|th scope=\"col\"|th scope=\"row\")>([^<]*)", page)
    if language is not Language.ENGLISH:
        english = _page(held, _held("deals", "registration", row), missing=("orders",))
        same = set(headings) & set(
            re.findall(r"<(?:h1|h2|h3|title|th scope=\"col\"|th scope=\"row\")>([^<]*)", english)
        )
        assert same <= {"Name", "Support"}  # the same words in German
    shown = {
        Language.ENGLISH: ("May 4, 2026", "10:00"),
        Language.GERMAN: ("4. Mai 2026", "10:00"),
        Language.CHINESE: ("2026年5月4日", "10:00"),
        Language.PORTUGUESE: ("4 de maio de 2026", "10:00"),
        Language.ARABIC: ("4 مايو 2026", "10:00"),
    }
    assert all(one in page for one in shown[language])


def test_a_page_shows_text_and_never_runs_it() -> None:
    page = _page(_held("de<als", "th<ing", {"<b>": "<script>alert(1)</script>", "quote": "\"'&"}))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '&lt;b&gt;<td dir="auto">' in page
    assert "de&lt;als: th&lt;ing (1)" in page
    assert "&quot;&#x27;&amp;" in page


@given(st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), max_size=3))
def test_no_value_of_any_row_is_lost_and_nothing_but_our_own_tags_is_in_a_page(rows: list[dict[str, Any]]) -> None:
    page = _page(_held("deals", "thing", *rows))
    cells = [unescape(one) for one in re.findall(r'<td dir="auto">([^<]*)', page[page.index("<h1>Every field") :])]
    wanted = [str(value) for row in rows for value in _leaves(row) if value not in (None, "")]
    assert sorted(cells) == sorted(wanted)
    tags = set(re.findall(r"<(/?[a-z0-9!]+)", page))
    assert tags <= {
        *(
            "!doctype",
            "bdi",
            "/bdi",
            "html",
            "/html",
            "head",
            "/head",
            "meta",
            "title",
            "/title",
            "style",
            "/style",
            "body",
            "/body",
        ),
        *("main", "/main", "h1", "/h1", "h2", "/h2", "h3", "/h3", "p", "/p", "b", "/b", "i", "/i", "br", "span"),
        *("/span", "table", "/table", "thead", "/thead", "tbody", "/tbody", "tr", "th", "td"),
    }
    assert not re.search(r"( src=| href=|url\(|@import)", page[: page.index("</head>")])


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for below in value.values() for leaf in _leaves(below)]
    if isinstance(value, list):
        return [leaf for below in value for leaf in _leaves(below)]
    return [value]
