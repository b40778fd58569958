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
from services.compliance.package.domain.privacy_notice import KIND_NAMES, PERSON_FIELDS, PROCESSING
from services.compliance.package.usecases.page import render_page, show_section
from services.compliance.package.usecases.rendering import flatten
from services.compliance.package.usecases.unsearched import unsearched
from services.compliance.package.usecases.withholding import withheld
from services.compliance.requests.domain.regimes import Regime
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
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


def _page(*loaded: Holdings, regime: Regime = Regime.GDPR) -> str:
    return _page_of(a_request(regime=regime), *loaded)


def _page_of(request: SubjectRequest, *loaded: Holdings) -> str:
    sections = [show_section(one.service, part, flatten(part)) for one in loaded for part in one.sections]
    return render_page(request, sections, withheld(loaded), unsearched(loaded), cell="de").decode()


def test_a_page_begins_with_what_is_held_goes_on_with_why_and_ends_with_every_field() -> None:
    page = _page(_held("deals", "registration", msgspec.to_builtins(DEAL)))
    told, fields = page.index("<h1>Why it is stored"), page.index("<h1>Every field as it is stored")
    first, last = page[:told], page[fields:]
    assert "<b>1 record about you:</b>" in first
    assert "<tr><td>Deals<td>deal<td>1" in first
    for label, value in (("Name", "Jörg"), ("Email", "jm@x.example"), ("Address", "DE, Am Markt 1")):
        assert f"<tr><th>{label}<td>{value}<td>Deals" in first
    assert "<tr><th>customer, legal name<td>Zweirad GmbH" in first
    assert "Wants routers" in first
    assert not [one for one in (DEAL.id, DEAL.partner_id, "domain:abc", "version") if one in first]
    assert all(f"<td>{one}" in last for one in (DEAL.id, DEAL.partner_id, "domain:abc", "7"))


def test_what_the_law_says_a_person_must_be_told_is_told_of_what_is_there() -> None:
    page = _page(_held("deals", "registration", msgspec.to_builtins(DEAL)), _held("orders", "order"))
    told = page[page.index("<h1>Why it is stored") : page.index("<h1>Every field")]
    assert PROCESSING["deals"].purpose in told
    assert PROCESSING["deals"].source in told
    assert PROCESSING["orders"].purpose not in told
    assert "<tr><th>Imported from<td>crm" in told
    assert "<tr><th>Kinds of data<td>Name, Email, Address, Number in this system, what was written by you" in told
    assert "In the part of this system called de" in told
    assert all(f"<tr><th>{one}" in told for one in ("Who sees it", "How long", "Decisions by machine", "Your rights"))


@pytest.mark.parametrize("regime", Regime)
def test_rights_are_those_of_the_law_that_is_asked_under(regime: Regime) -> None:
    page = _page(regime=regime)
    named = {one: one in page for one in ("(Art. 17)", "(Art. 77)", "Information Commissioner", "your country")}
    assert named == {
        "(Art. 17)": regime in (Regime.GDPR, Regime.UK_GDPR),
        "(Art. 77)": regime is Regime.GDPR,
        "Information Commissioner": regime is Regime.UK_GDPR,
        "your country": regime not in (Regime.GDPR, Regime.UK_GDPR),
    }


def test_who_is_not_known_is_told_so() -> None:
    page = _page(_held("deals", "registration"))
    assert "<b>Nothing is stored about you.</b>" in page
    assert "<tr><th>Kinds of data<td>none" in page


def test_a_search_that_was_stopped_is_told_before_anything_else() -> None:
    stopped = a_request(answers=(an_answer("deals", hashes=("b", "c")),))
    page = _page_of(stopped)
    assert "This is not everything: the search was stopped" in page[: page.index("Nothing is stored")]
    assert "under 2 more of" in page
    assert "This is not everything" not in _page()


def test_every_service_says_why_it_has_persons_and_no_fact_of_a_person_is_forgotten() -> None:
    assert set(PROCESSING) == set(SERVICES)
    assert set(PERSON_FIELDS) == set(Person.__struct_fields__)
    assert not [name for name in KIND_NAMES.values() if not name]


def test_a_page_shows_text_and_never_runs_it() -> None:
    page = _page(_held("de<als", "th<ing", {"<b>": "<script>alert(1)</script>", "quote": "\"'&"}))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<th>&lt;b&gt;<td>" in page
    assert "de&lt;als: th&lt;ing (1)" in page
    assert "&quot;&#x27;&amp;" in page


@given(st.lists(st.dictionaries(st.text(min_size=1), JSON, max_size=4), max_size=3))
def test_no_value_of_any_row_is_lost_and_nothing_but_our_own_tags_is_in_a_page(rows: list[dict[str, Any]]) -> None:
    page = _page(_held("deals", "thing", *rows))
    cells = [unescape(one) for one in re.findall(r"<td>([^<]*)", page[page.index("<h1>Every field") :])]
    wanted = [str(value) for row in rows for value in _leaves(row) if value not in (None, "")]
    assert sorted(cells) == sorted(wanted)
    tags = set(re.findall(r"<(/?[a-z0-9!]+)", page))
    assert tags <= {
        "!doctype",
        "html",
        "meta",
        "title",
        "/title",
        "style",
        "/style",
        "h1",
        "/h1",
        "h2",
        "/h2",
        "p",
        "/p",
    } | {*("b", "/b", "i", "/i", "br", "table", "/table", "tr", "th", "td")}


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for below in value.values() for leaf in _leaves(below)]
    if isinstance(value, list):
        return [leaf for below in value for leaf in _leaves(below)]
    return [value]
