"""A router that was sold in Germany is seen where it may not be: a case, which a person decides."""

from services.demo.order import SERIALS
from services.demo.scenario import ScenarioClient, day, shown

_ABROAD = "US"
_RULE = "GREY"


async def a_serial_is_diverted(scenario: ScenarioClient) -> None:
    """A unit lent to a trade show opens nothing, another one opens a case with its chain of custody, and a person says
    that it is a violation."""
    scenario.chapter("Goods that stray")
    on, piece = day(scenario.today), {"sku": "RTR-100", "country": _ABROAD}
    lent = {**piece, "serial": SERIALS[0], "kind": "CUSTODY_KIND_DEMO", "on": on}
    await scenario.ask("orders", "RecordCustody", holder_id=scenario.held["north"], **lent)
    seen = {**piece, "source": "SIGHTING_SOURCE_SCAN", "seen_on": on}
    calm = await scenario.ask("orders", "ReportSighting", serial=SERIALS[0], **seen)
    scenario.tell("A unit lent to a trade show is seen abroad", calm.sighting.diversion_case_id or "no case")
    found = await scenario.ask("orders", "ReportSighting", serial=SERIALS[1], **seen)
    case_id = found.sighting.diversion_case_id
    case = (await scenario.ask("orders", "GetDiversionCase", id=case_id)).diversion_case
    value = ", ".join(shown(one) for one in case.values)
    chain = " > ".join(one.country for one in case.pieces[0].chain)
    scenario.tell("Another one opens a case", f"{case.quantity} piece, {value}, sold {chain}, seen {case.seen_in}")
    rule = {"code": _RULE, "basis": "CONDUCT_BASIS_PROGRAMME", "section": "9", "title": "Sales outside"}
    await scenario.ask("partners", "PutConductRule", terms=rule)
    decision = {"state": "DIVERSION_CASE_STATE_VIOLATION", "rule_code": _RULE}
    await scenario.ask("orders", "DecideDiversionCase", id=case_id, **decision)
    await scenario.eventually(
        "partners",
        "ListConductCases",
        lambda answer: any(one.terms.code == _RULE for one in answer.conduct_cases),
        partner_id=scenario.held["north"],
    )
    scenario.tell("A person says that it is a violation", "a conduct case is open, with this one as evidence")
