"""What is done with sightings in tests, as an RPC would do it."""

from datetime import date
from typing import Any

from libs.country import Cell, Directory
from libs.rights import AgreementFacts, AgreementState, ClauseSubject, NamedClause
from libs.rights_projection import ProjectAgreement, project_agreement
from services.orders.diversion.domain.case import DiversionCase
from services.orders.diversion.domain.custody import Custody, CustodyKind
from services.orders.diversion.domain.sighting import Sighting, SightingSource
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.diversion.usecases import cases, sightings
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.pricing.domain import PriceListItem
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.states import LineKind
from tests.builders import a_call, an_id
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur

CELL = Directory(Cell(code="local", countries=("*",), time_zone="Europe/Berlin", currency="EUR", lawful_trade="EEA"))
OTHER = an_id("ptn", 2)


async def sold(harness: Harness, *serials: str) -> str:
    """Pieces that were shipped to Germany, at a list price of 120 euros; the shipment."""
    items = (PriceListItem(sku="RTR-1", unit_price=eur("120")),)
    listed = {"code": "all", "currency": "EUR", "valid_from": TODAY, "items": items, "tiers": ()}
    await harness.run(put_price_list, PutPriceList, **listed)
    line = OrderLineDraft(kind=LineKind.PRODUCT, sku="RTR-1", quantity=len(serials))
    return (await harness.ship(await harness.confirmed(line), len(serials), *serials)).id


async def seen(harness: Harness, serial: str, country: str, **fields: Any) -> Sighting:
    """A sighting that the vendor reports."""
    content = {"source": SightingSource.SCAN, "sku": "RTR-1", "seen_on": harness.today, **fields}
    report = sightings.ReportSighting
    return await harness.run(sightings.report_sighting, report, serial=serial, country=country, **content)


async def kept(harness: Harness, serial: str, kind: CustodyKind, country: str, **fields: Any) -> Custody:
    """A record of custody."""
    content = {"sku": "RTR-1", "holder_id": PARTNER, "on": harness.today, **fields}
    record = sightings.RecordCustody
    return await harness.run(sightings.record_custody, record, serial=serial, kind=kind, country=country, **content)


async def decided(harness: Harness, case_id: str, state: DiversionCaseState, **fields: Any) -> DiversionCase:
    """A decision."""
    return await harness.run(cases.decide_diversion_case, cases.DecideDiversionCase, id=case_id, state=state, **fields)


async def all_cases(harness: Harness) -> list[DiversionCase]:
    """Every case."""
    page = await harness.look(cases.list_diversion_cases, cases.ListDiversionCases)
    return [row.value for row in page.rows]


async def in_network(harness: Harness, partner: str = PARTNER, number: int = 1) -> None:
    """An agreement that names a selective distribution network."""
    fact = AgreementFacts(
        id=an_id("agr", number),
        facts_version=1,
        partner_id=partner,
        state=AgreementState.ACTIVE,
        valid_from=date(2020, 1, 1),
        clauses=(NamedClause(subject=ClauseSubject.SELECTIVE_DISTRIBUTION, number="8"),),
    )
    await harness.env.run(project_agreement, ProjectAgreement(call=a_call(), fact=fact))
