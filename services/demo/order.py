"""The order of the won deal: held for credit, shipped in parts, invoiced, paid, partly returned."""

from services.demo.stage import Stage, day, money, shown

SERIALS = [f"NL{number:04d}" for number in range(1, 13)]


async def a_draft_appears(stage: Stage) -> None:
    """Orders heard that the deal was won and made a draft of its lines, at list prices."""
    stage.chapter("The order")
    found = await stage.eventually(
        "orders", "ListOrders", lambda answer: len(answer.orders) == 1, registration_id=stage.held["claim"]
    )
    order = found.orders[0]
    stage.held["order"] = order.id
    stage.tell("A draft order appears by itself", f"{len(order.lines)} lines, {shown(order.totals.total)}")
    stage.tell("Why a router costs what it does", f"{order.lines[0].price.min_quantity} or more: volume break")
    linked = await stage.eventually(
        "deals", "GetRegistration", lambda answer: bool(answer.registration.order_id), id=stage.held["claim"]
    )
    stage.tell("The deal names its order", linked.registration.order_id)


async def credit_holds_it(stage: Stage) -> None:
    """More than may be owed: held, looked at, released by two persons."""
    order = stage.held["order"]
    await stage.ask(
        "orders",
        "UpdateOrder",
        id=order,
        update_mask={"paths": ["purchase_order_number", "ship_to_contact"]},
        purchase_order_number="PO-2042",
        ship_to_contact={"name": "Jörg Müller", "email": "jm@zweiradwerk.example"},
    )
    held = await stage.ask("orders", "SubmitOrder", id=order)
    excess = held.order.holds[0].excess
    stage.tell("The order exceeds the limit and is held", f"by {shown(excess)}")
    asked = await stage.ask(
        "orders",
        "ReleaseHold",
        id=order,
        reason="HOLD_REASON_CREDIT",
        release_note={"text": "Bank guarantee received."},
    )
    decision = stage.held["decision"] = asked.decision.id
    alone = await stage.refused("orders", "ConfirmDecision", id=decision)
    stage.tell("Finance asks to release the hold, which takes two", f"confirmed by the same person: {alone.reason}")
    await stage.ask_another("orders", "ConfirmDecision", id=decision)
    released = await stage.ask("orders", "GetOrder", id=order)
    stage.tell("Somebody else confirms", "the order stands" if released.order.state == 4 else released.order.state)


async def ship_in_parts(stage: Stage) -> None:
    """Eight routers now, the rest later; each piece by its serial."""
    order, today = stage.held["order"], day(stage.today)
    first = await stage.ask(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 8, "serials": SERIALS[:8]}],
        ship_date=today,
        carrier="DHL",
    )
    twice = await stage.refused(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 1, "serials": SERIALS[:1]}],
        ship_date=today,
    )
    rest = await stage.ask(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 4, "serials": SERIALS[8:]}, {"line_number": 2, "quantity": 12}],
        ship_date=today,
    )
    stage.held["shipments"] = f"{first.shipment.id} {rest.shipment.id}"
    stage.tell("Eight of twelve are shipped, then the rest", f"the same serial again: {twice.reason}")
    for shipment in stage.held["shipments"].split():
        await stage.ask("orders", "RecordDelivery", id=shipment, deliver_date=today)
    stage.tell("Both shipments arrive", stage.held["shipments"])


async def invoice_and_pay(stage: Stage) -> None:
    """An invoice for each shipment; the first one is paid in two parts."""
    order = stage.held["order"]
    first, second = stage.held["shipments"].split()
    one = await stage.ask("orders", "IssueInvoice", order_id=order, shipment_ids=[first])
    two = await stage.ask("orders", "IssueInvoice", order_id=order, shipment_ids=[second])
    stage.held["paid_invoice"], stage.held["open_invoice"] = one.invoice.id, two.invoice.id
    stage.tell("Two invoices are issued", f"{shown(one.invoice.payable)} and {shown(two.invoice.payable)}")
    half = one.invoice.payable.units // 2
    for part in (half, one.invoice.payable.units - half):
        await stage.ask(
            "orders", "RecordPayment", invoice_id=one.invoice.id, amount=money(part), value_date=day(stage.today)
        )
    more = await stage.refused(
        "orders", "RecordPayment", invoice_id=one.invoice.id, amount=money(1), value_date=day(stage.today)
    )
    stage.tell("The first is paid in two parts; one euro more", more.reason)


async def take_some_back(stage: Stage) -> None:
    """Two routers come back, one is accepted and credited."""
    order = stage.held["order"]
    lines = [{"line_number": 1, "quantity": 2, "serials": SERIALS[8:10]}]
    back = await stage.ask(
        "orders",
        "AuthorizeReturn",
        order_id=order,
        lines=lines,
        reason="RETURN_REASON_DEFECTIVE",
        resolution="RETURN_RESOLUTION_REFUND",
    )
    returned = back.returned.id
    await stage.ask("orders", "ReceiveReturn", id=returned, lines=lines, receive_date=day(stage.today))
    await stage.ask("orders", "InspectReturn", id=returned, lines=[{"line_number": 1, "quantity": 1}])
    credit = await stage.ask(
        "orders",
        "IssueCreditNote",
        invoice_id=stage.held["open_invoice"],
        return_id=returned,
        reason="CREDIT_NOTE_REASON_RETURN",
    )
    stage.tell("Two come back, one is accepted and credited", shown(credit.credit_note.payable))
    account = await stage.ask("orders", "GetCreditAccount", partner_id=stage.held["north"], currency="EUR")
    stage.tell("What the reseller owes now", shown(account.credit_account.exposure))
