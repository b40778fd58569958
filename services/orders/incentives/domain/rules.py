"""What must hold of a plan before it may be published; every fault is named at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta

from libs.country import known_countries
from libs.errors import Violation
from libs.money import PER_UNIT, Money, currency_violations
from services.orders.incentives.domain.plan import (
    IN_USE,
    PAID_AT_MOST,
    Band,
    BeneficiaryKind,
    Plan,
    PlanBasis,
    PlanContent,
    RateKind,
    RateRule,
    in_force,
)

WHOLE = 10_000  # basis points
RATES_WITHIN = timedelta(days=31)  # before today; a source that is in use has rates of these days
AHEAD_AT_MOST = timedelta(days=366)  # of an effective day; a published version cannot be taken back


def content_violations(plan: PlanContent | Plan) -> Iterator[Violation]:
    """What is wrong with a version by itself."""
    yield from currency_violations(plan.currency)
    yield from _beneficiary_violations(plan)
    if not plan.rules:
        yield Violation("rules", "a plan needs at least one rule", "REQUIRED")
    yield from _doubles("rules", "code", [one.code for one in plan.rules])
    yield from _doubles("rules", "product_line", [one.product_line for one in plan.rules])
    for place, rule in enumerate(plan.rules):
        yield from _rule_violations(f"rules[{place}]", rule)
    yield from _money_violations(plan)
    if plan.cap and plan.floor and plan.cap.amount < plan.floor.amount:
        yield Violation("cap", "is below the floor", "CAP_BELOW_FLOOR")
    if plan.floor and plan.floor.amount > PAID_AT_MOST:
        yield Violation("floor", f"is above {PAID_AT_MOST // PER_UNIT:,} {plan.currency}", "OUT_OF_RANGE")
    if plan.basis is PlanBasis.MARGIN and not plan.unit_costs:
        yield Violation("unit_costs", "a plan on margin needs costs", "REQUIRED")
    if plan.basis is not PlanBasis.MARGIN and plan.unit_costs:
        yield Violation("unit_costs", "only a plan on margin has costs", "NOT_ALLOWED")
    yield from _doubles("unit_costs", "sku", [one.sku for one in plan.unit_costs])
    for field, codes in _countries(plan).items():
        for place, code in enumerate(codes):
            if code not in known_countries():
                yield Violation(f"{field}[{place}]", f"{code!r} is no country", "UNKNOWN_COUNTRY")


def publication_violations(
    plan: Plan, others: Iterable[Plan], *, today: date, quoted: Collection[str]
) -> Iterator[Violation]:
    """What forbids to publish a version now. others: versions in use, of any code. quoted: the currencies of which its
    rate source has a rate within RATES_WITHIN."""
    others = [one for one in others if one.state in IN_USE]
    if plan.effective_day <= today:
        yield Violation("effective_day", f"must be after today, {today}", "EFFECTIVE_TOO_SOON")
    if plan.effective_day - today > AHEAD_AT_MOST:
        said = f"is more than {AHEAD_AT_MOST.days} days ahead, and no version could take effect before it"
        yield Violation("effective_day", said, "OUT_OF_RANGE")
    if plan.rate_source and plan.currency not in quoted:
        what = f"{plan.rate_source} has no rate of {plan.currency} of the last {RATES_WITHIN.days} days"
        yield Violation("currency", what, "RATE_UNKNOWN")
    mine = [one for one in others if one.code == plan.code]
    if mine and (last := max(one.effective_day for one in mine)) >= plan.effective_day:
        yield Violation("effective_day", f"must be after {last}, that of the version before", "EFFECTIVE_TOO_SOON")
    if any(one.currency != plan.currency for one in mine):
        yield Violation("currency", "differs from that of an earlier version", "CURRENCY_MISMATCH")
    if any(one.beneficiaries.kind is not plan.beneficiaries.kind for one in mine):
        yield Violation("beneficiaries.kind", "differs from that of an earlier version", "NOT_ALLOWED")
    if any(one.calendar is not plan.calendar for one in mine):
        yield Violation("calendar", "differs from that of an earlier version", "NOT_ALLOWED")
    for other in _still_in_force(plan, others):
        if pays_the_same(plan, other) and not (plan.code in other.beside and other.code in plan.beside):
            said = f"pays the same as {other.code}; both must name each other in `beside`"
            yield Violation("beside", said, "PAID_TWICE")


def pays_the_same(plan: Plan, other: Plan) -> bool:
    """Whether a sale could earn under both plans for the same beneficiary."""
    mine, theirs = plan.beneficiaries, other.beneficiaries
    return (
        plan.basis is other.basis
        and mine.kind is theirs.kind
        and mine.role == theirs.role
        and _meet(mine.tiers, theirs.tiers)
        and _meet(mine.countries, theirs.countries)
        and _meet(_lines(plan), _lines(other))
    )


def _still_in_force(plan: Plan, others: list[Plan]) -> Iterator[Plan]:
    """The versions of other codes that are in force from the effective day of a plan on, or come into force later."""
    for code in sorted({one.code for one in others} - {plan.code}):
        versions = [one for one in others if one.code == code]
        begun = in_force(versions, on=plan.effective_day)
        yield from (one for one in versions if one is begun or one.effective_day > plan.effective_day)


def _meet(mine: Collection[str], theirs: Collection[str]) -> bool:
    """Whether two conditions can both hold; an empty one always does."""
    return not mine or not theirs or bool(set(mine) & set(theirs))


def _lines(plan: Plan) -> tuple[str, ...]:
    """The product lines for which a plan pays; none: for all."""
    named = tuple(one.product_line for one in plan.rules)
    return () if "" in named else named


def _rule_violations(path: str, rule: RateRule) -> Iterator[Violation]:
    if not rule.bands:
        yield Violation(f"{path}.bands", "a rule needs at least one band", "REQUIRED")
        return
    if rule.kind is RateKind.FLAT and len(rule.bands) > 1:
        yield Violation(f"{path}.bands", "a flat rate has one band", "NOT_ALLOWED")
    yield from _band_violations(f"{path}.bands", rule.bands)
    for place, band in enumerate(rule.bands):
        most = WHOLE - (rule.accelerator.added_basis_points if rule.accelerator else 0)
        if band.basis_points > most:
            yield Violation(f"{path}.bands[{place}].basis_points", "pays more than was sold", "OUT_OF_RANGE")
        falls = place and band.basis_points < rule.bands[place - 1].basis_points
        if falls and rule.kind is RateKind.RETROACTIVE:
            what = "is lower than before, so that selling more would take away what was earned"
            yield Violation(f"{path}.bands[{place}].basis_points", what, "RATE_FALLS")


def _band_violations(path: str, bands: tuple[Band, ...]) -> Iterator[Violation]:
    """The gaps and overlaps of bands, which begin at zero and have no end."""
    expected: int | None = 0
    for place, band in enumerate(bands):
        here = f"{path}[{place}]"
        if expected is None or band.from_amount.amount < expected:
            yield Violation(f"{here}.from_amount", "begins inside the band before", "BAND_OVERLAP")
        elif band.from_amount.amount > expected:
            yield Violation(f"{here}.from_amount", "leaves a gap after the band before", "BAND_GAP")
        if band.below_amount is not None and band.below_amount.amount <= band.from_amount.amount:
            yield Violation(f"{here}.below_amount", "is not above its beginning", "OUT_OF_RANGE")
        expected = band.below_amount.amount if band.below_amount else None
    if expected is not None:
        yield Violation(f"{path}[{len(bands) - 1}].below_amount", "the last band must have no end", "BAND_GAP")


def _beneficiary_violations(plan: PlanContent | Plan) -> Iterator[Violation]:
    named = plan.beneficiaries
    if named.kind is BeneficiaryKind.PERSON:
        if not named.role:
            yield Violation("beneficiaries.role", "persons are found by their role", "REQUIRED")
        if named.tiers:
            yield Violation("beneficiaries.tiers", "persons have no tier", "NOT_ALLOWED")
        return
    if named.role:
        yield Violation("beneficiaries.role", "only persons have a role", "NOT_ALLOWED")
    if plan.clawback_countries:
        yield Violation("clawback_countries", "is for plans of persons", "NOT_ALLOWED")


def _money_violations(plan: PlanContent | Plan) -> Iterator[Violation]:
    """The amounts that are not in the currency of the plan, or negative."""
    for field, amount in _amounts(plan).items():
        if amount.currency != plan.currency:
            yield Violation(field, f"is in {amount.currency}, not in {plan.currency}", "CURRENCY_MISMATCH")
        if amount.amount < 0:
            yield Violation(field, "is below zero", "BAD_AMOUNT")


def _amounts(plan: PlanContent | Plan) -> Mapping[str, Money]:
    found: dict[str, Money | None] = {"cap": plan.cap, "floor": plan.floor}
    for place, rule in enumerate(plan.rules):
        if rule.accelerator:
            found[f"rules[{place}].accelerator.above_amount"] = rule.accelerator.above_amount
        for number, band in enumerate(rule.bands):
            found[f"rules[{place}].bands[{number}].from_amount"] = band.from_amount
            found[f"rules[{place}].bands[{number}].below_amount"] = band.below_amount
    found |= {f"unit_costs[{place}].cost": one.cost for place, one in enumerate(plan.unit_costs)}
    return {field: amount for field, amount in found.items() if amount is not None}


def _countries(plan: PlanContent | Plan) -> Mapping[str, tuple[str, ...]]:
    return {
        "beneficiaries.countries": plan.beneficiaries.countries,
        "clawback_countries": plan.clawback_countries,
    }


def _doubles(path: str, field: str, values: list[str]) -> Iterator[Violation]:
    for place, value in enumerate(values):
        if value in values[:place]:
            yield Violation(f"{path}[{place}].{field}", f"{value!r} is named twice", "NAMED_TWICE")
