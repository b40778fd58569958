"""Puts and lists market potentials, and shows how well they are covered."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.document import same_content
from libs.errors import InvalidInput
from libs.exchange import RateTable, first_day_for
from libs.money import Money, currency_violations
from libs.rates_projection import tables_between
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, Scalar, create, get
from services.partners.coverage.documents import POTENTIAL_BOOKS, POTENTIALS
from services.partners.coverage.domain import potential as domain
from services.partners.coverage.domain.coverage import Coverage, CurrencyConverter, covered
from services.partners.coverage.domain.potential import MarketPotential, PotentialBook
from services.partners.coverage.reads import authorised_in, sales_of
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.reads import as_of
from services.partners.plan.domain.rates import Conversion, PlanRateBasis, PlanRates
from services.partners.settings import Env


class PutMarketPotential(Command, frozen=True, kw_only=True):
    """Put the potential of a market."""

    country: str
    product_line: str
    year: int
    amount: Money
    source: str = ""


class ListMarketPotentials(ListCommand, frozen=True, kw_only=True):
    """List potentials; an empty filter matches all of them."""

    year: int = 0
    country: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class GetCoverage(Command, frozen=True, kw_only=True):
    """Show the coverage of a year in one currency. rate_source: empty: nothing is converted."""

    year: int
    currency: str
    rate_source: str = ""


class CoverageShown(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage, and until when everything is in its figures."""

    coverage: Coverage
    as_of: datetime


async def put_market_potential(env: Env, cmd: PutMarketPotential) -> MarketPotential:
    """The potential; unchanged if it is so already. InvalidInput, TooManyPotentials."""
    wrong = [*country_violations(cmd.country), *currency_violations(cmd.amount.currency, "amount.currency_code")]
    if wrong:
        raise InvalidInput(wrong)
    same: dict[str, Scalar] = {"year": cmd.year, "country": cmd.country, "product_line": cmd.product_line}
    async with env.settings.locks.of(f"potentials:{cmd.year}"):
        now = env.clock.now()
        for loaded in await every_row(env.store, POTENTIALS, same):
            after = replace(loaded.value, amount=cmd.amount, source=cmd.source, update_time=now)
            if same_content(loaded.value, after):
                return await env.unchanged(loaded, call=cmd.call)
            return await env.commit(loaded.put(after), events=[domain.put(after)], call=cmd.call)
        potential = MarketPotential(
            id=env.ids.new("mkp"),
            country=cmd.country,
            product_line=cmd.product_line,
            year=cmd.year,
            amount=cmd.amount,
            source=cmd.source,
            create_time=now,
            update_time=now,
        )
        held = await get(env.store, POTENTIAL_BOOKS, str(cmd.year))
        book = domain.counted(held.value if held else PotentialBook(id=str(cmd.year)))
        put = held.put(book) if held else create(POTENTIAL_BOOKS, book)
        return await env.commit(create(POTENTIALS, potential), put, events=[domain.put(potential)], call=cmd.call)


async def list_market_potentials(env: Env, cmd: ListMarketPotentials) -> Page[MarketPotential]:
    """One page of potentials, by id unless the caller asks for another order."""
    filters: dict[str, Scalar] = {"year": cmd.year or None, "country": cmd.country}
    filters = {field: value for field, value in filters.items() if value}
    return await env.listing(POTENTIALS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def get_coverage(env: Env, cmd: GetCoverage) -> CoverageShown:
    """The coverage. InvalidInput, CoverageTooWide."""
    if wrong := [*currency_violations(cmd.currency)]:
        raise InvalidInput(wrong)
    potentials = await everything(env.store, POTENTIALS, {"year": cmd.year})
    until = await as_of(env)
    sales = await sales_of(env, FactMetric.REVENUE_INVOICED, cmd.year)
    discounts = await sales_of(env, FactMetric.DISCOUNT, cmd.year)
    found = covered(
        potentials,
        sales,
        discounts,
        authorised=await authorised_in(env, potentials),
        exchange=await _exchange(env, cmd),
        reached=env.day_of(until) >= date(cmd.year, 1, 1),
    )
    return CoverageShown(coverage=found, as_of=until)


async def _exchange(env: Env, cmd: GetCoverage) -> CurrencyConverter:
    first = date(cmd.year, 1, 1)
    tables: tuple[RateTable, ...] = ()
    if cmd.rate_source:
        last = date(cmd.year, 12, 31)
        tables = await tables_between(env.store, cmd.rate_source, first=first_day_for(first), last=last)
    by_month = PlanRates(source=cmd.rate_source)
    by_year = PlanRates(source=cmd.rate_source, basis=PlanRateBasis.FIRST_DAY)
    return CurrencyConverter(
        cmd.currency,
        Conversion(by_month, tables, first_day=first),
        Conversion(by_year, tables, first_day=first),
    )
