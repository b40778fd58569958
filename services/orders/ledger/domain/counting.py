"""Which beneficiaries an order counts for, under which versions of which plans, and in which periods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from libs.document import Document
from services.orders.incentives.domain.plan import BeneficiaryKind, Plan, first_day_of, in_force
from services.orders.ledger.domain.crediting import CreditedLine, Fx, SalesShare, credited
from services.orders.ledger.domain.entry import account_id, tally_of
from services.orders.ledger.domain.sources import Sale, SourceLine, source_lines

FxOf = Callable[[str, Plan, SourceLine], Fx | None]


class CreditedSale(Document, frozen=True, kw_only=True):
    """What an order counts for one beneficiary in one period of sale of one version; the id names all four."""

    order_id: str
    account_id: str
    incentive_plan_id: str
    kind: BeneficiaryKind
    beneficiary_id: str
    country: str = ""
    tally: str
    period: date
    lines: tuple[CreditedLine, ...] = ()


def counted(sale: Sale, plans: Iterable[Plan], shares: Sequence[SalesShare], fx_of: FxOf) -> tuple[CreditedSale, ...]:
    """What an order counts for everybody. plans: all versions in use. shares: of partners and persons, whole for each
    role. fx_of: the pinned rate of a line, None within one currency; it may raise RateUnknown."""
    by_code: dict[str, list[Plan]] = {}
    for plan in plans:
        by_code.setdefault(plan.code, []).append(plan)
    found: dict[str, CreditedSale] = {}
    for versions in by_code.values():
        for basis in {one.basis for one in versions}:
            for line in source_lines(sale, basis):
                begun = in_force(versions, on=line.day)
                if begun is not None and begun.basis is basis:
                    _credit(found, sale, line, begun, shares=shares, fx_of=fx_of)
    return tuple(found.values())


def _credit(
    found: dict[str, CreditedSale],
    sale: Sale,
    line: SourceLine,
    plan: Plan,
    *,
    shares: Sequence[SalesShare],
    fx_of: FxOf,
) -> None:
    """Add what a line counts for each beneficiary that the plan includes."""
    named = plan.beneficiaries
    of_role = [one for one in shares if one.kind is named.kind and one.role == named.role]
    foreign = sale.currency != plan.currency and not plan.rate_source
    if foreign or not any(named.include(tier=one.tier, country=one.country) for one in of_role):
        return
    parts = credited(line, of_role, plan, currency=sale.currency, fx=fx_of(sale.currency, plan, line))
    for share, part in zip(of_role, parts, strict=True):
        if named.include(tier=share.tier, country=share.country):
            row = _row(sale, plan, share, period=first_day_of(plan.calendar, line.day))
            held = found.get(row.id, row)
            found[row.id] = _with_line(held, part)


def _row(sale: Sale, plan: Plan, share: SalesShare, *, period: date) -> CreditedSale:
    account, tally = account_id(plan.code, share.kind, share.beneficiary_id), tally_of(plan.id, period)
    return CreditedSale(
        id=f"{sale.order_id}:{tally}:{account}",
        order_id=sale.order_id,
        account_id=account,
        incentive_plan_id=plan.id,
        kind=share.kind,
        beneficiary_id=share.beneficiary_id,
        country=share.country,
        tally=tally,
        period=period,
    )


def _with_line(row: CreditedSale, line: CreditedLine) -> CreditedSale:
    return replace(row, lines=(*row.lines, line))


def pinned(rows: Iterable[CreditedSale]) -> Mapping[tuple[str, str], Fx]:
    """The rates that were pinned before, by version and document."""
    return {
        (row.incentive_plan_id, line.document_id): line.fx for row in rows for line in row.lines if line.fx is not None
    }
