"""What the quarter of the resellers comes to, read through the cell's port: figures, and the lines that tell them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from services.demo.reseller_files import CURRENCY
from services.demo.resellers import MODEL, PROGRAM, QUARTER, SEGMENTS, those
from services.demo.scenario import ScenarioClient, day, shown

TOTALS = "The resellers of AdventureWorks in the third quarter of 2013"
_MEASURED = _SCORED = 1
_INSUFFICIENT = 2
_REQUIREMENT = {1: "met", 2: "not met", 3: "INSUFFICIENT_DATA", 4: "RATE_UNKNOWN"}
_LIFE = {1: "NEW", 2: "GROWING", 3: "STABLE", 4: "AT_RISK", 5: "LOST"}
_PROMOTED = 2


class Figures(NamedTuple):
    """Rows of the cell. partners, levels, cards, segments and plans: by the id of the partner; a plan is what was
    reached of each of its targets. summary: of the segments. changes: what moved a partner up."""

    partners: dict[str, Any]
    levels: dict[str, str]
    changes: dict[str, Any]
    cards: dict[str, Any]
    summary: Any
    segments: dict[str, Any]
    plans: dict[str, list[Any]]


async def figures_of(scenario: ScenarioClient) -> Figures:
    """The figures of all resellers."""

    async def rows(method: str, **fields: Any) -> dict[str, Any]:
        return {one.partner_id: one for one in await scenario.every("partners", method, **fields)}

    enrolments = await rows("ListEnrolments", program=PROGRAM)
    quarter = {"model_code": SEGMENTS, "quarter": day(QUARTER)}
    segmentation = await scenario.ask("partners", "GetSegmentation", **quarter)
    plans = {}
    for one in await scenario.every("partners", "ListPlans"):
        found = await scenario.ask("partners", "GetPlanAttainment", id=one.id)
        plans[one.partner_id] = list(found.attainments)
    return Figures(
        partners={one.id: one for one in await those(scenario)},
        levels={partner: one.level.code for partner, one in enrolments.items()},
        changes=await rows("ListTierHistory", cause=_PROMOTED),
        cards=await rows("ListScorecards", model_code=MODEL, quarter=day(QUARTER), latest_only=True),
        summary=segmentation.segmentation,
        segments=await rows("ListSegments", **quarter),
        plans=plans,
    )


def amount_of(money: Any) -> Decimal:
    """The exact amount of a google.type.Money."""
    return Decimal(money.units) + Decimal(money.nanos).scaleb(-9)


def tell(scenario: ScenarioClient, found: Figures) -> None:
    """Tell the totals, and two resellers line by line: one that moved up the furthest, and one without an order."""
    scenario.chapter(TOTALS)
    _tell_segments(scenario, found)
    _tell_levels(scenario, found)
    _tell_cards(scenario, found.cards.values())
    _tell_plans(scenario, found.plans.values())
    largest = max(found.changes, key=lambda one: amount_of(found.segments[one].revenue), default=None)
    silent = next((one for one in sorted(found.partners) if one not in found.segments), None)
    for one in filter(None, (largest, silent)):
        _explain(scenario, found, one)


def _tell_segments(scenario: ScenarioClient, found: Figures) -> None:
    summary = found.summary
    scenario.tell(
        f"{summary.partner_count} of {len(found.partners)} resellers ordered in the twelve months until"
        f" {_iso(summary.last_day)}",
        f"{shown(summary.revenue)}, foreign currencies at the mean rate of each month",
    )
    for one in summary.classes:
        scenario.tell(
            f"Class {one.class_code}: {_percent(one.partner_basis_points)} of the resellers ({one.partner_count})",
            f"make {_percent(one.revenue_basis_points)} of the revenue, {shown(one.revenue)}",
        )
    lives = Counter(_LIFE[one.life_cycle] for one in found.segments.values())
    scenario.tell("Life cycle", ", ".join(f"{name} {lives[name]}" for name in _LIFE.values() if lives[name]))


def _tell_levels(scenario: ScenarioClient, found: Figures) -> None:
    held = Counter(found.levels.values())
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for partner, segment in found.segments.items():
        revenue[found.levels[partner]] += amount_of(segment.revenue)
    for level, count in sorted(held.items(), key=lambda one: -revenue[one[0]] / one[1]):
        scenario.tell(f"Level {level}: {count} resellers", f"{revenue[level]:,.2f} {CURRENCY}")


def _tell_cards(scenario: ScenarioClient, cards: Iterable[Any]) -> None:
    cards = list(cards)
    scores = [one.score for one in cards if one.HasField("score")]
    mean = Decimal(sum(scores)) / len(scores) / 100 if scores else Decimal(0)
    scenario.tell(
        f"Scorecards of the quarter: {len(scores)} of {len(cards)} have a score", f"{mean:.2f} of 100 in the mean"
    )
    lines = [line for card in cards for line in card.lines]
    unknown = Counter(line.dimension.code for line in lines if line.state == _INSUFFICIENT)
    scenario.tell(
        f"INSUFFICIENT_DATA: {sum(unknown.values())} of {len(lines)} lines",
        ", ".join(f"{code} {count}" for code, count in unknown.items()),
    )
    scenario.tell("Nothing is zero for want of a source", "no payments in the files, and no incident names a reseller")


def _tell_plans(scenario: ScenarioClient, plans: Iterable[Any]) -> None:
    by_quarter: dict[str, list[Any]] = defaultdict(list)
    for plan in plans:
        for one in plan:
            by_quarter[_iso(one.target.first_day)].append(one)
    for quarter, found in sorted(by_quarter.items()):
        target = sum((amount_of(one.target.amount) for one in found), Decimal())
        reached = sum((amount_of(one.figure.amount) for one in found), Decimal())
        differences = [amount_of(one.pace.difference.amount) for one in found if one.state == _MEASURED]
        behind, unknown = sum(one < 0 for one in differences), len(found) - len(differences)
        told = f"{reached:,.2f} reached, {reached / target:.1%}; {len(differences) - behind} ahead, {behind} behind"
        scenario.tell(
            f"Plans of {len(found)} resellers, quarter from {quarter}: {target:,.2f} {CURRENCY}",
            f"{told}, {unknown} INSUFFICIENT_DATA" if unknown else told,
        )


def _explain(scenario: ScenarioClient, found: Figures, partner: str) -> None:
    held = found.partners[partner]
    scenario.chapter(f"{held.legal_name} ({held.country}), line by line")
    scenario.tell("Level", found.levels[partner])
    change = found.changes.get(partner)
    for level in change.figures if change else ():
        for group in level.groups:
            for one in group.requirements:
                unit = f" {one.currency}" if one.currency else ""
                scenario.tell(
                    f"For {level.code}, {one.metric} of four quarters",
                    f"{_REQUIREMENT[one.status]}: has {one.have or '?'}{unit}, needs {one.need}",
                )
    segment = found.segments.get(partner)
    scenario.tell(
        "Segment", f"class {segment.class_code}, {shown(segment.revenue)}" if segment else "no order, no class"
    )
    card = found.cards[partner]
    for line in card.lines:
        share = f"{_percent(line.shared_weight_basis_points)} of the score"
        told = f"{line.value}: {line.points / 100:g} of 100, {share}" if line.state == _SCORED else "INSUFFICIENT_DATA"
        scenario.tell(f"Scorecard, {line.dimension.code}", told)
    scenario.tell(
        "Score",
        f"{card.score / 100:g} of 100, {card.standing.rank} of {card.standing.peer_count}"
        if card.HasField("score")
        else "none: no line has enough data",
    )
    for one in found.plans[partner]:
        reached = f"{shown(one.figure.amount)} reached, {one.attained_percent} %"
        scenario.tell(
            f"Plan, quarter from {_iso(one.target.first_day)}: {shown(one.target.amount)}",
            reached if one.state == _MEASURED else "INSUFFICIENT_DATA",
        )


def _percent(basis_points: int) -> str:
    return f"{Decimal(basis_points) / 100:.1f} %"


def _iso(on: Any) -> str:
    return f"{on.year:04}-{on.month:02}-{on.day:02}"
