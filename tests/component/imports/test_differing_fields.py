"""A row that was imported and is sent again with other content: the answer names each field that differs, of every kind
of row, and there is no field of a row that may differ unnamed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from libs.config import Settings
from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.deals import v1 as deals
from libs.pb.prm.orders import v1 as orders
from libs.pb.prm.partners import v1 as partners
from libs.pb.prm.tickets import v1 as tickets
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.imports.target import find
from tests.unit.imports.samples import DEALS, ORDERS, PARTNERS
from tests.waiting import until

TICKETS = "prm.tickets.v1.TicketService/ImportTickets"
CREATED, UNCHANGED = import_pb2.IMPORT_OUTCOME_CREATED, import_pb2.IMPORT_OUTCOME_UNCHANGED
REFUSED, NOT_YET = import_pb2.IMPORT_OUTCOME_REFUSED, import_pb2.IMPORT_OUTCOME_NOT_YET

OURS = {"external_source": "erp", "external_id": "R-1"}
OF = {"partner_external_source": "erp", "partner_external_id": "R-1"}
TO_ANOTHER = {"partner_external_id": "R-2"}
KEY = {"external_source", "external_id"}
DAY, LATER = {"year": 2020, "month": 2, "day": 3}, {"year": 2020, "month": 2, "day": 4}


def at(hours: int) -> Any:
    """An instant of 2020, as a message of it is made."""
    return {"seconds": 1_580_688_000 + 3600 * hours}


def eur(units: int) -> Any:
    """An amount, as a message of it is made."""
    return {"currency_code": "EUR", "units": units}


# What each variant of a row changes, and what is to be named.
Variants = Sequence[tuple[dict[str, Any], list[str]]]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0", log_level="error")
    async with running(builders("partners", "deals", "orders", "tickets"), settings) as cell, cell.client() as found:
        both = [a_partner(), a_partner(external_id="R-2", legal_name="Tiger", phone="+49301", domain="")]
        assert [one.outcome for one in await take(found, PARTNERS, *both)] == [CREATED, CREATED]
        yield found


async def take(
    client: Client, path: str, *rows: Message, validate_only: bool = False, waits: bool = True
) -> list[import_pb2.ImportResult]:
    """The results of one message of rows, sent again while any of them waits for its partner, unless not `waits`."""
    target = find(path)

    async def settled() -> list[import_pb2.ImportResult]:
        async def requests() -> AsyncIterator[Message]:
            yield target.batch(list(rows), validate_only=validate_only)

        (answer,) = [one async for one in client.converse(path, requests())]
        results = list(answer.results)
        return [] if waits and any(one.outcome == NOT_YET for one in results) else results

    return await until(settled)


async def assert_named(client: Client, path: str, first: Any, variants: Variants) -> None:
    """Each variant of an imported row is refused with the fields that it changes."""
    row = type(first)
    content = {field.name: getattr(first, field.name) for field, _ in first.ListFields()}
    others = [row(**{**content, **changes}) for changes, _ in variants]
    await take(client, path, first)
    results = await take(client, path, *others)
    found = [
        (sorted(changes), [one.reason for one in result.problems], list(result.differing_fields))
        for (changes, _), result in zip(variants, results, strict=True)
    ]
    assert found == [(sorted(changes), ["EXTERNAL_ID_TAKEN"], paths) for changes, paths in variants]
    changed = {name for changes, _ in variants for name in changes}
    assert changed | KEY >= set(row.DESCRIPTOR.fields_by_name) - {"partner_id", "partner_external_source"}


def a_partner(**fields: Any) -> partners.ImportPartnerRow:
    """A reseller with a contact."""
    content: dict[str, Any] = {
        **OURS,
        "kind": partners.PARTNER_KIND_RESELLER,
        "legal_name": "Löwe",
        "country": "DE",
        "domain": "www.loewe.example",
        "phone": "030 123456",
        "address": {"city": "Berlin", "lines": ["Hof 1"]},
        "status": partners.PARTNER_STATUS_ACTIVE,
        "tier": "GOLD",
        "tier_rank": 3,
        "contacts": [a_contact("Jörg")],
        **fields,
    }
    return partners.ImportPartnerRow(**content)


def a_contact(name: str) -> Any:
    """A person who sells."""
    return partners.ImportContact(person=person_pb2.Person(name=name), roles=[partners.CONTACT_ROLE_SALES])


async def test_of_a_partner(client: Client) -> None:
    suspended = {
        "status": partners.PARTNER_STATUS_SUSPENDED,
        "status_reason": partners.STATUS_REASON_INACTIVE,
    }
    vat = {"registration_id": "DE136695976", "registration_id_type": "REGISTRATION_ID_TYPE_VAT"}
    distributor = a_partner(external_id="D", legal_name="D", kind=partners.PARTNER_KIND_DISTRIBUTOR)
    await take(client, PARTNERS, distributor)
    variants: Variants = [
        ({"kind": partners.PARTNER_KIND_AGENT}, ["kind"]),
        ({"legal_name": "Tiger"}, ["legal_name"]),
        ({"trade_name": "Tiger"}, ["trade_name"]),
        ({"sole_trader": True}, ["sole_trader"]),
        ({"country": "FR", "phone": "+4930123456"}, ["country"]),
        (vat, ["registration_id", "registration_id_type"]),
        ({"domain": "tiger.example"}, ["domain"]),
        ({"phone": "030 7"}, ["phone"]),
        ({"address": {"city": "Bonn", "lines": ["Hof 2"]}}, ["address.city", "address.lines[0]"]),
        ({"parent_external_id": "D"}, ["parent_external_id"]),
        (suspended, ["status", "status_reason"]),
        ({"tier": "BLUE", "tier_rank": 2}, ["tier", "tier_rank"]),
        ({"apply_time": at(1)}, ["apply_time"]),
        ({"activate_time": at(1)}, ["activate_time"]),
        ({"contacts": [a_contact("Jörg"), a_contact("Ada")]}, ["contacts[1]"]),
        ({"contacts": []}, ["contacts"]),
    ]
    await assert_named(client, PARTNERS, a_partner(external_id="R-3"), variants)


async def test_a_row_that_says_in_other_words_what_the_cell_has_is_unchanged(client: Client) -> None:
    (again,) = await take(client, PARTNERS, a_partner(domain="https://loewe.example/", phone="+49 30 123456"))
    assert (again.outcome, list(again.differing_fields)) == (UNCHANGED, [])


async def test_of_a_registration(client: Client) -> None:
    line = {"sku": "RTR-1", "quantity": 1}
    content: dict[str, Any] = {
        **OURS,
        **OF,
        "customer": {"legal_name": "Acme", "country": "DE"},
        "customer_contact": {"name": "Ada"},
        "lines": [line],
        "review": deals.REVIEW_SUBMITTED,
        "stage": deals.STAGE_QUALIFIED,
        "create_time": at(0),
    }
    approved = {"review": deals.REVIEW_APPROVED, "decide_time": at(2), "protected_until": at(9)}
    rejected = {"review": deals.REVIEW_REJECTED, "closure_code": deals.CLOSURE_CODE_DUPLICATE, "close_time": at(3)}
    asked = {"review": deals.REVIEW_ACTION_REQUIRED, "requested_fields": ["lines"]}
    variants: Variants = [
        (TO_ANOTHER, ["partner_id"]),
        ({"customer": {"legal_name": "Acme", "country": "DE", "domain": "acme.example"}}, ["customer.domain"]),
        ({"customer_contact": {"name": "Eve"}}, ["customer_contact.name"]),
        ({"sales_contact": {"name": "Eve"}}, ["sales_contact"]),
        ({"lines": [{**line, "quantity": 2}]}, ["lines[0].quantity"]),
        ({"lines": [line, line]}, ["lines"]),
        ({"expected_close_date": DAY}, ["expected_close_date"]),
        ({"description": {"text": "urgent"}}, ["description"]),
        ({"stage": deals.STAGE_COMMITTED}, ["stage"]),
        ({"create_time": at(1)}, ["create_time"]),
        ({"submit_time": at(1)}, ["submit_time"]),
        (approved, ["review", "decide_time", "protected_until"]),
        (rejected, ["review", "closure_code", "close_time"]),
        (asked, ["review", "requested_fields"]),
    ]
    await assert_named(client, DEALS, deals.ImportRegistrationRow(**content), variants)


ORDER: Mapping[str, Any] = {
    **OURS,
    **OF,
    "document": orders.IMPORT_DOCUMENT_ORDER,
    "currency": "EUR",
    "order_date": DAY,
    "purchase_order_number": "PO-1",
    "ship_to_country": "DE",
    "lines": [{"kind": orders.LINE_KIND_PRODUCT, "sku": "BK-1", "quantity": 2, "unit_price": eur(5)}],
    "ship_date": DAY,
    "invoice_number": "I-1",
    "invoice_date": DAY,
}


async def test_of_an_order(client: Client) -> None:
    (line,) = ORDER["lines"]
    usd = {"currency_code": "USD", "units": 5}
    rate = {"from_currency": "EUR", "to_currency": "USD", "rate": "1.1", "date": DAY, "source": "ecb"}
    amounts = ["unit_price", "discount", "amount", "tax", "freight"]
    dates = ["ship_date", "invoice_number", "invoice_date", "invoice_due_date"]
    canceled: dict[str, Any] = {"canceled": True, **dict.fromkeys(("ship_date", "invoice_date")), "invoice_number": ""}
    credit = {"document": orders.IMPORT_DOCUMENT_CREDIT_NOTE, **_no_order_dates(), "amends_external_id": "R-0"}
    variants: Variants = [
        (TO_ANOTHER, ["partner_id"]),
        (
            {"currency": "USD", "lines": [{**line, "unit_price": usd}]},
            ["currency", *(f"lines[0].{name}" for name in amounts)],
        ),
        ({"fx_rate": rate}, ["fx_rate"]),
        ({"order_date": {**DAY, "day": 2}}, ["order_date"]),
        ({"requested_delivery_date": LATER}, ["requested_delivery_date"]),
        ({"purchase_order_number": "PO-2"}, ["purchase_order_number"]),
        ({"territory": "NW"}, ["territory"]),
        ({"ship_to_country": "FR"}, ["ship_to_country"]),
        ({"ship_to_subdivision": "BE"}, ["ship_to_subdivision"]),
        ({"lines": [line, line]}, ["lines"]),
        ({"lines": [{**line, "tax": eur(1)}]}, ["lines[0].tax"]),
        ({"ship_date": LATER}, ["ship_date"]),
        ({"deliver_date": LATER}, ["deliver_date"]),
        ({"tracking_number": "T-1"}, ["tracking_number"]),
        ({"invoice_number": "I-2"}, ["invoice_number"]),
        ({"invoice_date": LATER}, ["invoice_date", "invoice_due_date"]),
        ({"invoice_due_date": LATER}, ["invoice_due_date"]),
        ({"paid_date": LATER}, ["paid_date"]),
        (canceled, ["canceled", *dates]),
        (credit, ["document"]),
    ]
    await assert_named(client, ORDERS, orders.ImportOrderRow(**ORDER), variants)


def _no_order_dates() -> dict[str, Any]:
    return {**dict.fromkeys(("ship_date", "invoice_date")), "purchase_order_number": ""}


async def test_of_a_credit_note(client: Client) -> None:
    content = {
        **ORDER,
        **_no_order_dates(),
        "external_id": "C-1",
        "document": orders.IMPORT_DOCUMENT_CREDIT_NOTE,
        "lines": [{"kind": orders.LINE_KIND_CHARGE, "sku": "M", "quantity": 1, "unit_price": eur(1)}],
    }
    await take(client, ORDERS, orders.ImportOrderRow(**ORDER))
    others: Variants = [
        (TO_ANOTHER, ["partner_id"]),
        ({"order_date": LATER}, ["order_date"]),
        ({"invoice_number": "C-2"}, ["invoice_number"]),
        ({"amends_external_id": "R-1"}, ["amends_external_id"]),
        ({"lines": [{**content["lines"][0], "tax": eur(1)}]}, ["lines[0].tax"]),
    ]
    await take(client, ORDERS, orders.ImportOrderRow(**content))
    rows = [orders.ImportOrderRow(**{**content, **changes}) for changes, _ in others]
    results = await take(client, ORDERS, *rows)
    assert [list(one.differing_fields) for one in results] == [paths for _, paths in others]


async def test_of_a_ticket(client: Client) -> None:
    change = {
        "time": at(0),
        "state": tickets.TICKET_STATE_NEW,
        "impact": tickets.IMPACT_MEDIUM,
        "urgency": tickets.URGENCY_MEDIUM,
        "priority": tickets.PRIORITY_MODERATE,
    }
    solved = {**change, "time": at(2), "state": tickets.TICKET_STATE_RESOLVED}
    closed = {**change, "time": at(5), "state": tickets.TICKET_STATE_CLOSED}
    content: dict[str, Any] = {
        **OURS,
        **OF,
        "requester": {"name": "Ada"},
        "subject": {"text": "It rattles"},
        "channel": tickets.CHANNEL_PHONE,
        "changes": [change, solved, closed],
        "create_time": at(0),
        "close_time": at(5),
        "close_code": tickets.CLOSE_CODE_SOLVED,
    }
    variants: Variants = [
        (TO_ANOTHER, ["partner_id"]),
        ({"requester": {"name": "Ada", "email": "ada@example.org"}}, ["requester.email"]),
        ({"subject": {"text": "It hums"}}, ["subject.text"]),
        ({"description": {"text": "It hums"}}, ["description"]),
        ({"category": "Noise"}, ["category"]),
        ({"subcategory": "Hum"}, ["subcategory"]),
        ({"channel": tickets.CHANNEL_EMAIL}, ["channel"]),
        ({"country": "FR"}, ["country"]),
        ({"changes": [change, {**solved, "assignee": "Eve"}, closed]}, ["changes[1].assignee"]),
        ({"changes": [change, closed]}, ["changes"]),
        ({"create_time": at(-1)}, ["create_time"]),
        ({"resolve_time": at(2)}, ["resolve_time"]),
        ({"close_time": at(6)}, ["close_time"]),
        ({"resolution_code": "code 5"}, ["resolution_code"]),
        ({"close_code": tickets.CLOSE_CODE_WORKAROUND}, ["close_code"]),
        ({"reopen_count": 1}, ["reopen_count"]),
        ({"reassignment_count": 1}, ["reassignment_count"]),
        ({"sla_outcome": tickets.SLA_OUTCOME_MET}, ["sla_outcome"]),
    ]
    await assert_named(client, TICKETS, tickets.ImportTicketRow(**content), variants)
