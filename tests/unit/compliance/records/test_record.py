"""A row joins what the protos hold with purposes and open transfers by category; gaps are named; files escape."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from libs.retention import schedule
from services.compliance.consent.domain.purpose import Purpose
from services.compliance.consent.domain.states import DataSubject, LawfulBasis
from services.compliance.records.domain.record import (
    ProcessedField,
    ProcessingController,
    ProcessingRecord,
    Resource,
    activities,
)
from services.compliance.records.domain.rendering import COLUMNS, as_csv, as_html
from services.compliance.records.usecases import resources
from services.compliance.transfers.domain.states import TransferState
from tests.unit.compliance.transfers.test_transfer import DRAFT, TERMS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
CONTACT = Resource(
    service="partners",
    name="Contact",
    fields=(
        ProcessedField(path="person.name", category="user.name"),
        ProcessedField(path="person.email", category="user.contact.email"),
        ProcessedField(path="person.job_title", category="user.job_title"),
    ),
)
OPEN = replace(DRAFT, state=TransferState.PUBLISHED)


def purpose(code: str, *categories: str, **fields: Any) -> Purpose:
    """A purpose that rests on a contract."""
    content: dict[str, Any] = {
        "id": f"pur_local_{code}",
        "code": code,
        "description": "Sales",
        "data_use": "essential.service",
        "lawful_basis": LawfulBasis.CONTRACT,
        "categories": categories,
        "data_subjects": (DataSubject.PARTNER_CONTACT,),
        "retention_days": 30,
        "create_time": NOW,
        "update_time": NOW,
        **fields,
    }
    return Purpose(**content)


def test_a_row_joins_the_purposes_of_its_categories_and_names_the_rest() -> None:
    sales = purpose("sales", "user.contact", "user.name")
    news = purpose("news", "user.contact.email", lawful_basis=LawfulBasis.CONSENT, retention_days=90)
    other = purpose("other", "user.device")
    [row, left] = activities([CONTACT], [sales, news, other], [], TODAY)
    assert (row.name, row.service, row.dataset_references) == ("partners.Contact", "partners", CONTACT.fields)
    assert row.data_categories == ("user.contact.email", "user.job_title", "user.name")
    assert row.purposes == ("sales", "news")
    assert row.legal_bases == (LawfulBasis.CONTRACT, LawfulBasis.CONSENT)
    assert row.data_uses == ("essential.service",)
    assert row.data_subjects == (DataSubject.PARTNER_CONTACT,)
    assert row.categories_without_purpose == ("user.job_title",)
    assert row.retention_days == 90
    assert (left.name, left.service, left.dataset_references) == ("other", "", ())


@pytest.mark.parametrize(("periods", "days"), [((), 0), ((30,), 30), ((30, 90), 90), ((30, 0), 0)])
def test_the_period_is_the_longest_and_none_if_a_purpose_has_none(periods: tuple[int, ...], days: int) -> None:
    purposes = [purpose(f"p{one}", "user.name", retention_days=one) for one in periods]
    [row] = activities([CONTACT], purposes, [], TODAY)
    assert row.retention_days == days


@pytest.mark.parametrize(
    ("fields", "terms", "shared"),
    [
        ({}, {}, ("user.contact.email", "user.name")),
        ({"state": TransferState.DRAFT}, {}, None),
        ({"state": TransferState.ENDED}, {}, None),
        ({}, {"valid_from": date(2026, 3, 3)}, None),
        ({}, {"valid_until": date(2026, 3, 1)}, None),
        ({}, {"valid_until": TODAY}, ("user.contact.email", "user.name")),
        ({}, {"categories": ("user.device",)}, None),
    ],
)
def test_the_recipients_are_those_of_transfers_that_are_open_today(
    fields: dict[str, Any], terms: dict[str, Any], shared: tuple[str, ...] | None
) -> None:
    transfer = replace(OPEN, terms=replace(TERMS, **terms), **fields)
    [row] = activities([CONTACT], [], [transfer], TODAY)
    assert [one.shared_categories for one in row.third_parties] == ([shared] if shared else [])


def _record(**terms: Any) -> ProcessingRecord:
    transfer = replace(OPEN, terms=replace(TERMS, **terms))
    return ProcessingRecord(
        controller=ProcessingController(name="Nordlicht <AG>", address="", contact="privacy@example.org"),
        cell="local",
        compute_time=NOW,
        activities=tuple(activities([CONTACT], [purpose("sales", "user.name")], [transfer], TODAY)),
    )


def test_the_table_has_a_row_for_each_activity_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(_record(recipient="=1+1", mechanism=TERMS.mechanism)).decode())))
    assert tuple(rows[0]) == COLUMNS
    [row] = rows
    assert row["third_parties"].startswith("'=1+1 (SG, STANDARD_CONTRACTUAL_CLAUSES")
    assert row["data_subjects"] == "partner_contact"
    assert row["retention_period"].startswith("30 days; partner_ended: from the end of the partnership: ")
    assert row["dataset_references"].split("; ")[0] == "person.name: user.name"


def test_the_page_escapes_and_names_the_gaps() -> None:
    page = as_html(_record(recipient="<script>alert(1)</script>")).decode()
    assert "<script>" not in page
    assert "Nordlicht &lt;AG&gt;" in page
    assert "1, of which 1 have categories that no purpose names" in page
    assert "user.contact.email; user.job_title" in page
    assert "Address</dt><dd>not set" in page


def test_a_row_has_the_rules_of_the_retention_schedule_that_are_in_force() -> None:
    [row] = activities([Resource(service="orders", name="Order", fields=())], [], [], date(2026, 11, 29))
    invoiced = next(one for one in row.retention_rules if one.rule == "invoiced")
    german = [one.period for one in invoiced.periods if one.country == "DE"]
    assert german == ["8 years from the end of the year"]
    assert {one.rule for one in row.retention_rules} == {"invoiced", "in_work", "not_invoiced"}


def test_every_kind_of_the_schedule_is_in_the_record() -> None:
    rows = activities(resources(), [], [], date(2026, 11, 29))
    shown = {(one.service, one.kind, one.rule) for row in rows for one in row.retention_rules}
    assert shown == {(one.service, one.kind, one.rule) for one in schedule()}
