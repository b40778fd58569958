"""The steps of the order: it is held for credit, shipped in parts, invoiced, paid, and partly returned."""

from services.demo.scenario import ScenarioClient, day, money, shown

SERIALS = [f"NL{number:04d}" for number in range(1, 13)]


async def a_draft_appears(scenario: ScenarioClient) -> None:
    """The orders service creates a draft from the event of the won deal, with its lines at list prices."""
    scenario.chapter("The order")
    found = await scenario.eventually(
        "orders", "ListOrders", lambda answer: len(answer.orders) == 1, registration_id=scenario.held["claim"]
    )
    order = found.orders[0]
    scenario.held["order"] = order.id
    scenario.tell("A draft order appears by itself", f"{len(order.lines)} lines, {shown(order.totals.total)}")
    scenario.tell("Why a router costs what it does", f"{order.lines[0].price.min_quantity} or more: volume break")
    linked = await scenario.eventually(
        "deals", "GetRegistration", lambda answer: bool(answer.registration.order_id), id=scenario.held["claim"]
    )
    scenario.tell("The deal names its order", linked.registration.order_id)


async def credit_holds_it(scenario: ScenarioClient) -> None:
    """The order exceeds the credit limit: it is held, and two persons release it."""
    order = scenario.held["order"]
    await scenario.ask(
        "orders",
        "UpdateOrder",
        id=order,
        update_mask={"paths": ["purchase_order_number", "ship_to_contact"]},
        purchase_order_number="PO-2042",
        ship_to_contact={"name": "Jörg Müller", "email": "jm@zweiradwerk.example"},
    )
    held = await scenario.ask("orders", "SubmitOrder", id=order)
    excess = held.order.holds[0].excess
    scenario.tell("The order exceeds the limit and is held", f"by {shown(excess)}")
    asked = await scenario.ask(
        "orders",
        "ReleaseHold",
        id=order,
        reason="HOLD_REASON_CREDIT",
        release_note={"text": "Bank guarantee received."},
    )
    decision = scenario.held["decision"] = asked.decision.id
    alone = await scenario.refused("orders", "ConfirmDecision", id=decision)
    scenario.tell("Finance asks to release the hold, which takes two", f"confirmed by the same person: {alone.reason}")
    await scenario.ask_another("orders", "ConfirmDecision", id=decision)
    released = await scenario.ask("orders", "GetOrder", id=order)
    scenario.tell("Somebody else confirms", "the order stands" if released.order.state == 4 else released.order.state)


async def ship_in_parts(scenario: ScenarioClient) -> None:
    """Eight routers are shipped now and the rest later, each with its serial number."""
    order, today = scenario.held["order"], day(scenario.today)
    first = await scenario.ask(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 8, "serials": SERIALS[:8]}],
        ship_date=today,
        carrier="DHL",
    )
    twice = await scenario.refused(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 1, "serials": SERIALS[:1]}],
        ship_date=today,
    )
    rest = await scenario.ask(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 4, "serials": SERIALS[8:]}, {"line_number": 2, "quantity": 12}],
        ship_date=today,
    )
    scenario.held["shipments"] = f"{first.shipment.id} {rest.shipment.id}"
    scenario.tell("Eight of twelve are shipped, then the rest", f"the same serial again: {twice.reason}")
    for shipment in scenario.held["shipments"].split():
        await scenario.ask("orders", "RecordDelivery", id=shipment, deliver_date=today)
    scenario.tell("Both shipments arrive", scenario.held["shipments"])


async def invoice_and_pay(scenario: ScenarioClient) -> None:
    """Each shipment is invoiced; the first invoice is paid in two parts."""
    order = scenario.held["order"]
    first, second = scenario.held["shipments"].split()
    one = await scenario.ask("orders", "IssueInvoice", order_id=order, shipment_ids=[first])
    two = await scenario.ask("orders", "IssueInvoice", order_id=order, shipment_ids=[second])
    scenario.held["paid_invoice"], scenario.held["open_invoice"] = one.invoice.id, two.invoice.id
    scenario.tell("Two invoices are issued", f"{shown(one.invoice.payable)} and {shown(two.invoice.payable)}")
    half = one.invoice.payable.units // 2
    for part in (half, one.invoice.payable.units - half):
        await scenario.ask(
            "orders", "RecordPayment", invoice_id=one.invoice.id, amount=money(part), value_date=day(scenario.today)
        )
    more = await scenario.refused(
        "orders", "RecordPayment", invoice_id=one.invoice.id, amount=money(1), value_date=day(scenario.today)
    )
    scenario.tell("The first is paid in two parts; one euro more", more.reason)


async def take_some_back(scenario: ScenarioClient) -> None:
    """Two routers are returned; one is accepted and credited."""
    order = scenario.held["order"]
    lines = [{"line_number": 1, "quantity": 2, "serials": SERIALS[8:10]}]
    rma = await scenario.ask(
        "orders",
        "AuthorizeReturn",
        order_id=order,
        lines=lines,
        reason="RETURN_REASON_DEFECTIVE",
        resolution="RETURN_RESOLUTION_REFUND",
    )
    returned = rma.returned.id
    await scenario.ask("orders", "ReceiveReturn", id=returned, lines=lines, receive_date=day(scenario.today))
    accepted = {"line_number": 1, "quantity": 1, "serials": SERIALS[8:9]}
    await scenario.ask("orders", "InspectReturn", id=returned, lines=[accepted])
    credit = await scenario.ask(
        "orders",
        "IssueCreditNote",
        invoice_id=scenario.held["open_invoice"],
        return_id=returned,
        reason="CREDIT_NOTE_REASON_RETURN",
    )
    scenario.tell("Two come back, one is accepted and credited", shown(credit.credit_note.payable))
    account = await scenario.ask("orders", "GetCreditAccount", partner_id=scenario.held["north"], currency="EUR")
    scenario.tell("What the reseller owes now", shown(account.credit_account.exposure))
