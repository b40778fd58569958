"""Puts and lists corridors, and checks prices that are reported."""

from datetime import date, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.env import About
from libs.errors import InvalidInput, Violation
from libs.money import Money, currency_violations
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Scalar, Write, create
from services.partners.conduct.domain.case import ConductEvidence, evidence_violations
from services.partners.conduct.domain.states import ConductBasis
from services.partners.conduct.reads import actor, breach_lock, breached, rule_of
from services.partners.price_corridor.documents import PRICE_CORRIDORS, PRICE_REPORTS
from services.partners.price_corridor.domain import corridor as domain
from services.partners.price_corridor.domain.check import (
    PriceOutcome,
    PriceReport,
    PriceSource,
    bound_missed,
    judged_as,
)
from services.partners.price_corridor.domain.corridor import PriceBounds, PriceCorridor
from services.partners.price_corridor.domain.law import NotLawfulHere, PriceBound, PriceBoundStanding, standing_of
from services.partners.price_corridor.events import PriceCorridorPut, PriceReportRecorded
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.settings import Env


class PutPriceCorridor(Command, frozen=True, kw_only=True):
    """Put a corridor."""

    bounds: PriceBounds


class ListPriceCorridors(ListCommand, frozen=True, kw_only=True):
    """List corridors; an empty filter matches all of them."""

    country: str = ""
    sku: str = ""
    product_line: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ReportPrice(Command, frozen=True, kw_only=True):
    """Report a price. partner_id: empty for the vendor's own."""

    partner_id: str = ""
    source: PriceSource
    country: str
    sku: str
    product_line: str = ""
    price: Money
    priced_on: date
    reference: str = ""
    evidence: tuple[ConductEvidence, ...] = ()


class Checked(NamedTuple):
    """What came of a price, with the writes and events of a case."""

    outcome: PriceOutcome
    bound: PriceBound | None = None
    case_id: str = ""
    writes: tuple[Write, ...] = ()
    events: tuple[About, ...] = ()


async def put_price_corridor(env: Env, cmd: PutPriceCorridor) -> PriceCorridor:
    """The corridor as it is now; unchanged if it was so already. InvalidInput, NotFound, CorridorInForce."""
    bounds, now, today = cmd.bounds, env.clock.now(), env.today()
    key: dict[str, Scalar] = {
        "country": bounds.country,
        "sku": bounds.sku,
        "product_line": bounds.product_line,
        "currency": bounds.currency,
        "first_day": bounds.first_day,
    }
    held = await every_row(env.store, PRICE_CORRIDORS, key)
    if wrong := [*domain.bounds_violations(bounds, is_new=not held, today=today)]:
        raise InvalidInput(wrong)
    if (await rule_of(env, bounds.rule_code)).terms.basis is not ConductBasis.PROGRAMME:
        raise InvalidInput([Violation("bounds.rule_code", "stands in agreements", "NOT_ALLOWED")])
    for loaded in held:
        corridor = domain.change(loaded.value, bounds, today=today, now=now)
        if corridor is loaded.value:
            return await env.unchanged(loaded, call=cmd.call)
        return await env.commit(loaded.put(corridor), events=[_put(corridor)], call=cmd.call)
    corridor = domain.open_corridor(env.ids.new("pcr"), bounds, now=now)
    return await env.commit(create(PRICE_CORRIDORS, corridor), events=[_put(corridor)], call=cmd.call)


async def list_price_corridors(env: Env, cmd: ListPriceCorridors) -> Page[PriceCorridor]:
    """One page of corridors, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "country", "sku", "product_line")
    return await env.listing(PRICE_CORRIDORS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def report_price(env: Env, cmd: ReportPrice) -> PriceReport:
    """The report with what came of it. NotFound, InvalidInput, NotLawfulHere, TooMuchEvidence."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value if cmd.partner_id else None
    if wrong := _report_violations(env, cmd):
        raise InvalidInput(wrong)
    corridor = await _corridor(env, cmd)
    if corridor is None:
        return await _recorded(env, cmd, None, checked=Checked(PriceOutcome.NO_CORRIDOR))
    bound = bound_missed(corridor.bounds, cmd.price)
    if bound is None or bound is PriceBound.RECOMMENDED:
        outcome = PriceOutcome.NOT_AS_RECOMMENDED if bound else PriceOutcome.WITHIN
        return await _recorded(env, cmd, corridor, checked=Checked(outcome, bound))
    if partner is None:
        return await _recorded(env, cmd, corridor, checked=Checked(PriceOutcome.OWN_BREACH, bound))
    if partner.kind is not PartnerKind.AGENT:
        _require_lawful(env, corridor.bounds, bound, on=cmd.priced_on)
    async with breach_lock(env, partner.id, corridor.bounds.rule_code):
        checked = await _breach(env, cmd, partner, rule_code=corridor.bounds.rule_code, bound=bound)
        return await _recorded(env, cmd, corridor, checked=checked)


def standings(env: Env, country: str, bounds: PriceBounds | None = None) -> tuple[PriceBoundStanding, ...]:
    """What is lawful today, by kind of bound; with bounds, each as the law judges it in that corridor."""
    return tuple(_standing(env, country, one, bounds=bounds, on=env.today()) for one in PriceBound)


def _standing(env: Env, country: str, bound: PriceBound, *, bounds: PriceBounds | None, on: date) -> PriceBoundStanding:
    judged = judged_as(bounds, bound) if bounds else bound
    return replace(standing_of(judged, country, on=on, facts=env.directory.here.price_corridor), bound=bound)


def _require_lawful(env: Env, bounds: PriceBounds, bound: PriceBound, *, on: date) -> None:
    """NotLawfulHere unless the bound was lawful on the day of the price, and is today."""
    for day in (on, env.today()):
        standing = _standing(env, bounds.country, bound, bounds=bounds, on=day)
        if not standing.lawful:
            raise NotLawfulHere(bounds.country, standing)


async def _corridor(env: Env, cmd: ReportPrice) -> PriceCorridor | None:
    """The corridor of the product on the day, else that of its product line."""
    for item in ({"sku": cmd.sku, "product_line": ""}, {"sku": "", "product_line": cmd.product_line}):
        if not any(item.values()):
            continue
        key: dict[str, Scalar] = {"country": cmd.country, **item, "currency": cmd.price.currency}
        if found := domain.in_force(await everything(env.store, PRICE_CORRIDORS, key), cmd.priced_on):
            return found
    return None


async def _breach(env: Env, cmd: ReportPrice, partner: Partner, *, rule_code: str, bound: PriceBound) -> Checked:
    found = await breached(env, partner, rule_code, evidence=cmd.evidence, by=actor(cmd.call.caller))
    outcome = PriceOutcome.CASE_OPENED if found.opened else PriceOutcome.CASE_ESCALATED
    put = found.put
    return Checked(outcome, bound, put.document.id, (put,), (About(found.event, put.document),))


async def _recorded(env: Env, cmd: ReportPrice, corridor: PriceCorridor | None, *, checked: Checked) -> PriceReport:
    report = PriceReport(
        id=env.ids.new("prp"),
        partner_id=cmd.partner_id,
        source=cmd.source,
        country=cmd.country,
        sku=cmd.sku,
        product_line=cmd.product_line,
        price=cmd.price,
        priced_on=cmd.priced_on,
        outcome=checked.outcome,
        bound=checked.bound,
        price_corridor_id=corridor.id if corridor else "",
        conduct_case_id=checked.case_id,
        reference=cmd.reference,
        evidence=cmd.evidence,
        create_time=env.clock.now(),
    )
    told: list[msgspec.Struct | About] = [_told(report), *checked.events]
    return await env.commit(create(PRICE_REPORTS, report), *checked.writes, events=told, call=cmd.call)


def _report_violations(env: Env, cmd: ReportPrice) -> list[Violation]:
    wrong = [*evidence_violations(cmd.evidence), *currency_violations(cmd.price.currency, "price.currency_code")]
    if cmd.source is PriceSource.SIGHTING and not cmd.evidence:
        wrong.append(Violation("evidence", "is needed for a sighting", "REQUIRED"))
    if cmd.priced_on > env.today():
        wrong.append(Violation("priced_on", f"is after today, {env.today()}", "IN_THE_FUTURE"))
    return wrong


def _put(corridor: PriceCorridor) -> PriceCorridorPut:
    return PriceCorridorPut(
        price_corridor_id=corridor.id,
        country=corridor.country,
        sku=corridor.sku,
        product_line=corridor.product_line,
    )


def _told(report: PriceReport) -> PriceReportRecorded:
    return PriceReportRecorded(
        price_report_id=report.id,
        partner_id=report.partner_id,
        outcome=report.outcome,
        bound=report.bound,
        conduct_case_id=report.conduct_case_id,
    )
