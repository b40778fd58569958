"""Events of other services to what they say of documents, and facts to protobuf, by field name."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

import msgspec

from libs.mapping import Mapper, to_wire
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec, message_type
from libs.money import Money
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.facts.domain.activity import PartnerActivity
from services.partners.facts.domain.metrics import Figure, Sum, figure
from services.partners.facts.domain.sources import Evidence, LineAmount, Said
from services.partners.facts.domain.sums import Fact
from services.partners.facts.usecases.lists import EvidencePage, FactPage, ListFactEvidence, ListFacts
from services.partners.facts.usecases.reports import Report

ACTIVITY = Mapper(PartnerActivity, pb.PartnerActivity)
LIST_FACTS = Mapper(ListFacts, pb.ListFactsRequest)
LIST_EVIDENCE = Mapper(ListFactEvidence, pb.ListFactEvidenceRequest)
_FIGURE = Mapper(Figure, pb.FactFigure)
_FACT = Mapper(Fact, pb.Fact)
_EVIDENCE = Mapper(Evidence, pb.FactEvidence)


class ImportedInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """The invoice of an imported order."""

    invoice_id: str
    payable: Money
    open: Money
    issue_date: date
    due_date: date
    overdue: bool = False
    product_lines: tuple[LineAmount, ...] = ()


class ImportedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment of an imported order."""

    payment_id: str
    amount: Money
    value_date: date


class FactsPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that events of other services have; states are the numbers of their enums."""

    partner_id: str
    registration_id: str = ""
    order_id: str = ""
    invoice_id: str = ""
    credit_note_id: str = ""
    payment_id: str = ""
    refund_id: str = ""
    ticket_id: str = ""
    review: int = 0
    stage: int = 0
    state: int = 0
    sla_outcome: int = 0
    clock_type: int = 0
    complaint_type: int = 0
    score: int = 0
    overdue: bool = False
    offer_id: str = ""
    participation_id: str = ""
    picked: bool = False
    country: str = ""
    ship_to_country: str = ""
    product_lines: tuple[LineAmount, ...] = ()
    claimed_product_lines: tuple[str, ...] = ()
    total: Money | None = None
    canceled_total: Money | None = None
    payable: Money | None = None
    open: Money | None = None
    amount: Money | None = None
    order_date: date | None = None
    won_date: date | None = None
    issue_date: date | None = None
    due_date: date | None = None
    create_time: datetime | None = None
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    close_time: datetime | None = None
    invoice: ImportedInvoice | None = None
    payment: ImportedPayment | None = None
    value_date: date | None = None
    reverse_date: date | None = None
    refund_date: date | None = None


class _Event(msgspec.Struct, frozen=True):
    """An event as the facts understand it. document: the field with the id of the document that it is about. name: as
    in Said; empty: the last part of the subject. amount: the field with it. days: the fields that may have the day, a
    date or an instant; if none has, it is that of the event."""

    document: str
    name: str = ""
    amount: str = ""
    days: tuple[str, ...] = ()


_EVENTS: Mapping[str, _Event] = {
    "deals.registration.submitted": _Event("registration_id"),
    "deals.registration.recalled": _Event("registration_id"),
    "deals.registration.approved": _Event("registration_id"),
    "deals.registration.rejected": _Event("registration_id"),
    "deals.registration.withdrawn": _Event("registration_id"),
    "deals.registration.canceled": _Event("registration_id"),
    "deals.registration.expired": _Event("registration_id"),
    "deals.registration.stage_advanced": _Event("registration_id"),
    "deals.registration.converted": _Event("registration_id"),
    "deals.registration.handed_over": _Event("registration_id"),
    "deals.registration.imported": _Event("registration_id", days=("submit_time", "create_time")),
    "deals.customer.won": _Event("registration_id", name="customer_won", days=("won_date",)),
    "deals.customer.win_withdrawn": _Event("registration_id", name="customer_win_withdrawn"),
    "deals.lead.accepted": _Event("offer_id"),
    "deals.lead.declined": _Event("offer_id"),
    "deals.lead.lapsed": _Event("offer_id"),
    "deals.participation.attended": _Event("participation_id"),
    "deals.participation.missed": _Event("participation_id"),
    "orders.order.confirmed": _Event("order_id", amount="total", days=("order_date",)),
    "orders.order.imported": _Event("order_id", amount="total", days=("order_date",)),
    "orders.order.handed_over": _Event("order_id"),
    "orders.order.closed": _Event("order_id", amount="canceled_total"),
    "orders.order.canceled": _Event("order_id"),
    "orders.invoice.issued": _Event("invoice_id", amount="payable", days=("issue_date",)),
    "orders.invoice.fell_overdue": _Event("invoice_id", amount="open"),
    "orders.invoice.paid": _Event("invoice_id"),
    "orders.invoice.reopened": _Event("invoice_id", amount="open"),
    "orders.credit_note.issued": _Event("credit_note_id", amount="payable"),
    "orders.credit_note.imported": _Event("credit_note_id", amount="payable", days=("issue_date",)),
    "orders.payment.recorded": _Event("payment_id", amount="amount", days=("value_date",)),
    "orders.payment.reversed": _Event("payment_id", amount="amount", days=("reverse_date",)),
    "orders.payment_on_account.recorded": _Event("payment_id", amount="amount", days=("value_date",)),
    "orders.refund.recorded": _Event("refund_id", amount="amount", days=("refund_date",)),
    "tickets.ticket.created": _Event("ticket_id"),
    "tickets.ticket.imported": _Event("ticket_id", days=("create_time",)),
    "tickets.ticket.handed_over": _Event("ticket_id"),
    "tickets.ticket.resolved": _Event("ticket_id"),
    "tickets.ticket.closed": _Event("ticket_id"),
    "tickets.ticket.reopened": _Event("ticket_id"),
    "tickets.deadline.breached": _Event("ticket_id", name="breached"),
    "tickets.satisfaction.recorded": _Event("ticket_id", name="opinion"),
}
SUBJECTS = tuple(sorted({f"{subject.rpartition('.')[0]}.*" for subject in _EVENTS}))


def facts(found: FactPage) -> pb.ListFactsResponse:
    """A page of facts to protobuf."""
    rows = [_fact(loaded.value, shows_downline=found.shows_downline) for loaded in found.page.rows]
    return pb.ListFactsResponse(facts=rows, as_of=to_wire(found.as_of), **page_end(found.page))


def evidence(found: EvidencePage) -> pb.ListFactEvidenceResponse:
    """A page of evidence to protobuf."""
    rows = [_evidence(loaded.value) for loaded in found.page.rows]
    return pb.ListFactEvidenceResponse(evidence=rows, as_of=to_wire(found.as_of), **page_end(found.page))


def _fact(fact: Fact, *, shows_downline: bool) -> pb.Fact:
    message = _FACT.encode(fact)
    message.own.CopyFrom(_figure(fact.own, fact.currency))
    if shows_downline:
        message.downline.CopyFrom(_figure(fact.below, fact.currency))
    return message


def _evidence(row: Evidence | Fact) -> pb.FactEvidence:
    if isinstance(row, Evidence):
        return _EVIDENCE.encode(row, figure=_figure(Sum(row.value, row.of), row.currency))
    return pb.FactEvidence(
        partner_id=row.partner_id,
        day=to_wire(row.month) if row.month else None,
        product_line=row.product_line,
        currency=row.currency,
        country=row.country,
        figure=_figure(row.passed, row.currency),
    )


def _figure(found: Sum, currency: str) -> pb.FactFigure:
    return _FIGURE.encode(figure(found, currency))


def report(envelope: Envelope, day_of: Callable[[datetime], date]) -> Report | None:
    """What an event says; None if it says nothing that counts. day_of: the day of an instant in
    the time zone of the cell."""
    subject = envelope.subject.split(".", 2)[2]
    if (event := _EVENTS.get(subject)) is None:
        return None
    told = EventCodec.decode(envelope, FactsPayload)
    document_id: str = getattr(told, event.document)
    news = {document_id: (_said(event, envelope, told, day_of),), **_imported_with(told, envelope.version)}
    return Report(partner_id=told.partner_id, news=news)


def _said(event: _Event, envelope: Envelope, told: FactsPayload, day_of: Callable[[datetime], date]) -> Said:
    def day(*fields: str) -> date | None:
        found = next((value for field in fields if (value := getattr(told, field)) is not None), None)
        return day_of(found) if isinstance(found, datetime) else found

    name = event.name or envelope.subject.rpartition(".")[2]
    clock = _word(envelope.type, "clock_type", told.clock_type)
    complaint = _word(envelope.type, "complaint_type", told.complaint_type)
    return Said(
        id=f"{name}:{clock}" if clock else name,
        version=envelope.version,
        day=day(*event.days) or day_of(envelope.time),
        due=told.due_date,
        decided=day("decide_time"),
        ended=day("close_time", "decide_time"),
        state=_word(envelope.type, "state", told.state) or _word(envelope.type, "review", told.review),
        stage=_word(envelope.type, "stage", told.stage),
        outcome=_word(envelope.type, "sla_outcome", told.sla_outcome) or complaint,
        score=told.score,
        late=told.overdue,
        picked=told.picked,
        country=told.country or told.ship_to_country,
        amount=getattr(told, event.amount) if event.amount else None,
        lines=told.product_lines,
        product_lines=told.claimed_product_lines,
    )


def _imported_with(told: FactsPayload, version: int) -> dict[str, tuple[Said, ...]]:
    """What the import of an order says of the invoice and the payment that came with it, as their own events would."""
    found: dict[str, tuple[Said, ...]] = {}
    payment = told.payment
    if payment is not None:
        recorded = Said(id="recorded", version=version, day=payment.value_date, amount=payment.amount)
        found[payment.payment_id] = (recorded,)
    if (invoice := told.invoice) is not None:
        issued = Said(
            id="issued",
            version=version,
            day=invoice.issue_date,
            due=invoice.due_date,
            country=told.ship_to_country,
            amount=invoice.payable,
            lines=invoice.product_lines,
        )
        said = [issued]
        if invoice.open.amount and invoice.overdue:
            due, open_ = invoice.due_date, invoice.open
            said.append(Said(id="fell_overdue", version=version, day=due, due=due, amount=open_))
        elif payment is not None and not invoice.open.amount:
            said.append(Said(id="paid", version=version, day=payment.value_date, late=invoice.overdue))
        found[invoice.invoice_id] = tuple(said)
    return found


def _word(event_type: str, field: str, number: int) -> str:
    """The value of an enum in an event, as its sender names it; empty for none, and the number for a value of a later
    release."""
    if not number:
        return ""
    enum = message_type(event_type).DESCRIPTOR.fields_by_name[field].enum_type
    assert enum is not None, f"{event_type}.{field} is an enum"
    values = enum.values_by_number
    zero = str(values[0].name).removesuffix("UNSPECIFIED")
    return str(values[number].name).removeprefix(zero) if number in values else str(number)
