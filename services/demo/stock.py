"""The step of the stock: a partner runs out of an article, on the day that was foreseen."""

from datetime import date, timedelta

from services.demo.scenario import ScenarioClient, day

SKU = "Feuchtesensor"
COUNTED = {"north": 70, "south": 400}
WEEKLY = 14


async def a_stock_out_is_foreseen(scenario: ScenarioClient) -> None:
    """Two partners count and report what they sell by the week; one of them runs out, and the other has too much."""
    scenario.chapter("Stock")
    began = scenario.today - timedelta(days=40)
    weeks = [began + timedelta(days=7 * number - 1) for number in range(1, 6)]
    for name, pieces in COUNTED.items():
        await _report(scenario, name, "COUNT", began - timedelta(days=1), pieces)
        for on in weeks[:-1]:
            await _report(scenario, name, "SELL_THROUGH", on, WEEKLY)
    scenario.tell(f"Both count {SKU} and report four weeks of sales", f"North had {COUNTED['north']}")
    seen = (await scenario.ask("orders", "ExplainStock", partner_id=scenario.held["north"], sku=SKU)).stock
    foreseen = date(seen.run_out_date.year, seen.run_out_date.month, seen.run_out_date.day)
    scenario.tell(f"North has {seen.on_hand} left, for {seen.cover_days} days", f"it runs out on {foreseen}")
    proposed = (await scenario.ask("orders", "ProposeStock", sku=SKU)).proposals
    scenario.tell("What the vendor could do", f"move {proposed[0].quantity} from South")
    made = (await scenario.ask("orders", "ForecastDemand", sku=SKU, grain="DEMAND_GRAIN_WEEK", horizon=4)).forecast
    known, first = len(made.history), made.periods[0]
    scenario.tell(
        f"Four weeks ahead from {known} known ones", f"{first.low} to {first.high} a week, too few to rely on"
    )
    await _report(scenario, "north", "SELL_THROUGH", weeks[-1], seen.on_hand)
    after = (await scenario.ask("orders", "ExplainStock", partner_id=scenario.held["north"], sku=SKU)).stock
    scenario.tell(f"Nobody acts, and North sells its last piece on {weeks[-1]}", f"{after.on_hand} left, as foreseen")
    assert (after.on_hand, weeks[-1]) == (0, foreseen)


async def _report(scenario: ScenarioClient, name: str, kind: str, on: date, pieces: int) -> None:
    await scenario.ask(
        "orders",
        "ReportStock",
        partner_id=scenario.held[name],
        sku=SKU,
        kind=f"STOCK_MOVEMENT_KIND_{kind}",
        date=day(on),
        quantity=pieces,
    )
