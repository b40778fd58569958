"""Rows that are validated only: each is answered as an import would answer it, and the cell is afterwards as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import Message

from libs.pb.prm.deals import v1 as deals
from libs.pb.prm.orders import v1 as orders
from libs.pb.prm.partners import v1 as partners
from libs.pb.prm.tickets import v1 as tickets
from libs.rpc.client import Client
from tests.component.imports.test_differing_fields import (
    CREATED,
    DAY,
    LATER,
    NOT_YET,
    OF,
    ORDER,
    OURS,
    REFUSED,
    TICKETS,
    UNCHANGED,
    a_contact,
    a_partner,
    at,
    client,
    eur,
    take,
)
from tests.unit.imports.samples import DEALS, ORDERS, PARTNERS

__all__ = ["client"]

NOBODY = {"partner_external_source": "erp", "partner_external_id": "nobody"}


def a_registration(**fields: Any) -> deals.ImportRegistrationRow:
    """An open claim."""
    content: dict[str, Any] = {
        **OURS,
        **OF,
        "customer": {"legal_name": "Acme", "country": "DE"},
        "lines": [{"sku": "RTR-1", "quantity": 1}],
        "review": deals.REVIEW_SUBMITTED,
        "stage": deals.STAGE_QUALIFIED,
        **fields,
    }
    return deals.ImportRegistrationRow(**content)


def an_order(**fields: Any) -> orders.ImportOrderRow:
    """An invoiced order."""
    return orders.ImportOrderRow(**{**ORDER, **fields})


def a_ticket(**fields: Any) -> tickets.ImportTicketRow:
    """A new ticket."""
    change = {
        "time": at(0),
        "state": tickets.TICKET_STATE_NEW,
        "impact": tickets.IMPACT_MEDIUM,
        "urgency": tickets.URGENCY_MEDIUM,
        "priority": tickets.PRIORITY_MODERATE,
    }
    content: dict[str, Any] = {
        **OURS,
        **OF,
        "requester": {"name": "Ada"},
        "channel": tickets.CHANNEL_PHONE,
        "changes": [change],
        "create_time": at(0),
        **fields,
    }
    return tickets.ImportTicketRow(**content)


# For each kind: the RPC, a row, its number of rows in the cell beforehand, and a listing with their ids.
KINDS: dict[str, tuple[str, Callable[..., Message], str, Message, dict[str, Any], dict[str, Any]]] = {
    "partner": (
        PARTNERS,
        lambda **fields: a_partner(**{"external_id": "R-3", "legal_name": "Wolf", "phone": "", "domain": "", **fields}),
        "prm.partners.v1.PartnerService/ListPartners",
        partners.ListPartnersRequest(),
        {"legal_name": "Tiger"},
        {"parent_external_id": "nobody"},
    ),
    "registration": (
        DEALS,
        a_registration,
        "prm.deals.v1.DealRegistrationService/ListRegistrations",
        deals.ListRegistrationsRequest(),
        {"stage": deals.STAGE_COMMITTED},
        NOBODY,
    ),
    "order": (
        ORDERS,
        an_order,
        "prm.orders.v1.OrderService/ListOrders",
        orders.ListOrdersRequest(),
        {"ship_date": LATER},
        NOBODY,
    ),
    "ticket": (
        TICKETS,
        a_ticket,
        "prm.tickets.v1.TicketService/ListTickets",
        tickets.ListTicketsRequest(),
        {"category": "Noise"},
        NOBODY,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_answered_as_by_an_import_and_nothing_is_written(client: Client, kind: str) -> None:
    path, row, listing, request, other, unknown = KINDS[kind]

    async def stored() -> Message:
        answer: Message = await client.call(listing, request)
        return answer

    if kind != "partner":  # the partner has arrived when a row no longer waits for it
        await take(client, path, row(external_id="first", **({"invoice_number": "F"} if kind == "order" else {})))
    before = await stored()
    fresh = await take(client, path, row(), row(external_id="waits", **unknown), validate_only=True, waits=False)
    assert [(one.outcome, one.id) for one in fresh] == [(CREATED, ""), (NOT_YET, "")]
    wrong = await take(client, path, row(external_id="?"), validate_only=True)
    assert [one.outcome for one in wrong] == [REFUSED]
    assert await stored() == before
    (made,) = await take(client, path, row())
    assert made.outcome == CREATED
    before = await stored()
    known, differs = await take(client, path, row(), row(**other), validate_only=True)
    assert (known.outcome, known.id) == (UNCHANGED, made.id)
    assert [(one.reason, list(differs.differing_fields)) for one in differs.problems] == [
        ("EXTERNAL_ID_TAKEN", list(other))
    ]
    assert await stored() == before


async def test_what_only_the_store_would_refuse_is_refused(client: Client) -> None:
    await take(client, ORDERS, an_order())
    taken = an_order(external_id="R-2", purchase_order_number="PO-2")
    (validated,) = await take(client, ORDERS, taken, validate_only=True)
    (imported,) = await take(client, ORDERS, taken)
    assert validated == imported
    assert [one.reason for one in validated.problems] == ["DUPLICATE"]


async def test_a_register_number_that_a_partner_has_is_refused(client: Client) -> None:
    vat = {"registration_id": "DE136695976", "registration_id_type": "REGISTRATION_ID_TYPE_VAT"}
    plain = {"phone": "", "domain": ""}
    await take(client, PARTNERS, a_partner(external_id="V-1", legal_name="Wolf", **plain, **vat))
    (result,) = await take(
        client, PARTNERS, a_partner(external_id="V-2", legal_name="Bear", **plain, **vat), validate_only=True
    )
    assert (result.outcome, [one.reason for one in result.problems]) == (REFUSED, ["DUPLICATE"])


async def test_warnings_are_those_of_the_import(client: Client) -> None:
    await take(client, ORDERS, an_order())
    again = an_order(external_id="R-2", invoice_number="I-2")
    (result,) = await take(client, ORDERS, again, validate_only=True)
    assert result.outcome == CREATED
    assert [one.reason for one in result.warnings] == ["PURCHASE_ORDER_NUMBER_REPEATED"]


async def test_many_contacts_a_credit_note_and_two_rows_of_one_id_are_each_answered(client: Client) -> None:
    many = a_partner(
        external_id="M", legal_name="Many", phone="", domain="", contacts=[a_contact(f"P {n}") for n in range(50)]
    )
    found = await take(client, PARTNERS, many, many, validate_only=True)
    assert [one.outcome for one in found] == [CREATED, CREATED]
    content: dict[str, Any] = {
        **OURS,
        **OF,
        "external_id": "C-1",
        "amends_external_id": "R-1",
        "document": orders.IMPORT_DOCUMENT_CREDIT_NOTE,
        "currency": "EUR",
        "order_date": DAY,
        "ship_to_country": "DE",
        "lines": [{"kind": orders.LINE_KIND_CHARGE, "sku": "M", "quantity": 1, "unit_price": eur(1)}],
    }
    note = orders.ImportOrderRow(**content)
    await take(client, ORDERS, an_order())
    (result,) = await take(client, ORDERS, note, validate_only=True)
    assert result.outcome == CREATED
    (result,) = await take(client, ORDERS, _too_much(note), validate_only=True)
    assert (result.outcome, [one.reason for one in result.problems]) == (REFUSED, ["MORE_THAN_INVOICED"])


def _too_much(note: orders.ImportOrderRow) -> orders.ImportOrderRow:
    found = orders.ImportOrderRow()
    found.CopyFrom(note)
    found.lines[0].unit_price.units = 1_000
    return found
