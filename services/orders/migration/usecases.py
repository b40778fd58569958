"""Imports orders and credit notes of another system, with their historical dates and amounts."""

from collections.abc import Iterable

from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import Duplicate, InvalidInput, NotYetKnown, Violation
from libs.imports import Imported, PartnerNotYetKnown, known_as, row_hashes
from libs.partner import PartnerFacts
from libs.partner_projection import PARTNERS, partner_by_external_id
from libs.store.listing import every_row, everything
from libs.store.port import Loaded, Write, create, get
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditNote, count_credit, owed_by
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.reads import Change, credit_writes, settlement
from services.orders.credit.reads import account_lock, account_of, shifted
from services.orders.migration.domain.differences import Followers, credit_note_differences, order_differences
from services.orders.migration.domain.history import (
    HistoricDocument,
    ImportDocument,
    amendment_violations,
    contradictions,
)
from services.orders.migration.domain.migration import (
    MigratedOrder,
    NewIds,
    migrate_credit_note,
    migrate_order,
    with_repeated_number,
)
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.order import Order
from services.orders.record.domain.violations import refuse
from services.orders.record.reads import latest_day
from services.orders.settings import Env, RepeatedNumberPolicy

TERMS_DAYS = 30  # days to pay for an imported invoice without a due date; documented in the proto


class ImportDocumentRow(Command, frozen=True, kw_only=True):
    """Import one row."""

    row: HistoricDocument


class OrderNotYetKnown(NotYetKnown):
    """The order that a credit note amends was not imported, or not yet."""

    reason = "ORDER_NOT_YET_KNOWN"

    def __init__(self, external_id: str) -> None:
        super().__init__("order", external_id, "was not imported from this source, or not yet")


async def import_document(env: Env, cmd: ImportDocumentRow) -> Imported:
    """The id of the order or credit note, with warnings; if the same row was imported before, the id of the existing
    one. ExternalIdTaken if another row was imported under this external id."""
    hashes = row_hashes(env.keys.keyed, cmd.row.row_hash)
    row = replace(cmd.row, row_hash=hashes[0])
    cmd = replace(cmd, row=row)
    known = await _known(env, row)
    if known is not None and known.imported_as in hashes:
        return await _unchanged(env, known)
    _refuse_contradictions(env, row)
    partner = await _partner(env, row)
    if known is not None:
        known_as(known.id, row.external_id, await _differences(env, replace(row, partner_id=partner.id), known))
        return await _unchanged(env, known)
    async with account_lock(env, partner.id, row.currency):
        if row.document is ImportDocument.ORDER:
            return await _import_order(env, cmd, partner)
        return await _import_credit_note(env, cmd, partner)


async def _unchanged(env: Env, known: Order | CreditNote) -> Imported:
    warnings = await _warnings(env, known) if isinstance(known, Order) else ()
    return Imported(known.id, fresh=False, warnings=warnings)


async def _differences(env: Env, row: HistoricDocument, known: Order | CreditNote) -> Iterable[str]:
    """In which fields another row under the external id of a document differs from it and what followed from it."""
    if isinstance(known, Order):
        of_order = {"order_id": known.id}
        followers = Followers(
            shipments=await everything(env.store, SHIPMENTS, of_order),
            invoices=await everything(env.store, INVOICES, of_order),
            payments=await everything(env.store, PAYMENTS, of_order),
        )
        return order_differences(row, known, followers, terms_days=TERMS_DAYS)
    key = {"external_source": row.external_source, "external_id": row.amends_external_id}
    amended = await everything(env.store, ORDERS, key) if row.amends_external_id else ()
    return credit_note_differences(row, known, order_id=amended[0].id if amended else "")


async def _import_order(env: Env, cmd: ImportDocumentRow, partner: PartnerFacts) -> Imported:
    ids = NewIds(
        order=env.ids.new("ord"),
        shipment=env.ids.new("shp"),
        invoice=env.ids.new("inv"),
        payment=env.ids.new("pay"),
    )
    migrated = migrate_order(
        cmd.row, ids=ids, partner_id=partner.id, terms_days=TERMS_DAYS, today=env.today(), now=env.clock.now()
    )
    if (other := await _with_number(env, migrated.order)) is not None:
        if env.settings.policy.repeated_purchase_order_number is RepeatedNumberPolicy.REFUSE:
            raise Duplicate(ORDERS.name, "purchase_order_number", other.id)
        migrated = with_repeated_number(migrated)
    order = await env.commit(
        create(ORDERS, migrated.order), *await _order_writes(env, migrated), events=[migrated.event], call=cmd.call
    )
    return Imported(order.id, fresh=True, warnings=await _warnings(env, order))


async def _with_number(env: Env, order: Order) -> Order | None:
    """The order of the same partner that has this purchase order number already; None if there is none."""
    if not (number := order.purchase_order_number or order.repeated_purchase_order_number):
        return None
    key = {"partner_id": order.partner_id, "purchase_order_number": number}
    found = await everything(env.store, ORDERS, key)
    return found[0] if found else None


async def _warnings(env: Env, order: Order) -> tuple[Violation, ...]:
    """The warnings about an imported order: that another order has its purchase order number."""
    if not order.repeated_purchase_order_number or (other := await _with_number(env, order)) is None:
        return ()
    holder = f"{other.id} ({other.external_id})" if other.external_id else other.id
    what = f"is the number of order {holder} already; order {order.id} ({order.external_id}) has it as a repeated one"
    return (Violation("purchase_order_number", what, "PURCHASE_ORDER_NUMBER_REPEATED"),)


async def _order_writes(env: Env, migrated: MigratedOrder) -> list[Write]:
    order, invoice = migrated.order, migrated.invoice
    writes: list[Write] = []
    if migrated.shipment:
        writes.append(create(SHIPMENTS, migrated.shipment))
    if invoice:
        writes.append(create(INVOICES, invoice))
    if migrated.payment:
        writes.append(create(PAYMENTS, migrated.payment))
    if order.not_invoiced.amount or invoice:
        account = await account_of(env, order.partner_id, order.currency)
        writes.append(shifted(env, account, orders=order.not_invoiced, invoices=invoice.open if invoice else None))
    return writes


async def _import_credit_note(env: Env, cmd: ImportDocumentRow, partner: PartnerFacts) -> Imported:
    row, now = cmd.row, env.clock.now()
    order = await _amended(env, row, partner)
    loaded = await _only_invoice(env, order) if order else None
    note, credit, event = migrate_credit_note(
        row,
        id=env.ids.new("crn"),
        partner_id=partner.id,
        order_id=order.id if order else "",
        invoice=loaded.value if loaded else None,
        now=now,
    )
    after = count_credit(loaded.value, credit, now=now) if loaded else None
    changes = [Change(loaded, after)] if loaded and after else []
    owed = owed_by(note, loaded.value if loaded else None, after)
    rest = await settlement(env, partner.id, changes, owed=owed, call=cmd.call)
    opened = credit_writes(env, note, owed)
    done = await env.commit(
        create(CREDIT_NOTES, note), *rest.writes, *opened.writes, events=[event, *opened.events], call=cmd.call
    )
    return Imported(done.id, fresh=True)


async def _amended(env: Env, row: HistoricDocument, partner: PartnerFacts) -> Order | None:
    """The order that a credit note amends; None if the row names none. OrderNotYetKnown, InvalidInput."""
    if not row.amends_external_id:
        return None
    key = {"external_source": row.external_source, "external_id": row.amends_external_id}
    found = await everything(env.store, ORDERS, key)
    if not found:
        raise OrderNotYetKnown(row.amends_external_id)
    refuse(*amendment_violations(row, found[0], partner_id=partner.id))
    return found[0]


async def _only_invoice(env: Env, order: Order) -> Loaded[Invoice] | None:
    """The invoice of the order; None if it has none, or several, because then the row does not tell which is
    amended."""
    found = await every_row(env.store, INVOICES, {"order_id": order.id})
    return found[0] if len(found) == 1 else None


async def _known(env: Env, row: HistoricDocument) -> Order | CreditNote | None:
    """The order or credit note that was imported under this external id; None if there is none."""
    key = {"external_source": row.external_source, "external_id": row.external_id}
    if orders := await everything(env.store, ORDERS, key):
        return orders[0]
    notes = await everything(env.store, CREDIT_NOTES, key)
    return notes[0] if notes else None


async def _partner(env: Env, row: HistoricDocument) -> PartnerFacts:
    if row.partner_id:
        loaded = await get(env.store, PARTNERS, row.partner_id)
        found = loaded.value if loaded else None
    else:
        found = await partner_by_external_id(env.store, row.partner_external_source, row.partner_external_id)
    if found is None:
        raise PartnerNotYetKnown(row.partner_id or f"{row.partner_external_source}:{row.partner_external_id}")
    return found


def _refuse_contradictions(env: Env, row: HistoricDocument) -> None:
    """InvalidInput with all violations of a row."""
    found = [*contradictions(row, latest=latest_day(env)), *country_violations(row.ship_to_country, "ship_to_country")]
    if found:
        raise InvalidInput(found)
