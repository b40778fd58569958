"""The steps of the partner programme: a reseller misses a level by one certified person, earns it, loses a right with a
certificate and gets it back, breaks a price corridor, spends a fund, and opens its scorecard line by line. They need
the clock to be advanced by half a year."""

from datetime import date, timedelta
from typing import Any

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, day, money, shown

TRACK, PROGRAM, MODEL, RULE = "RTR", "CHANNEL", "RESELLERS", "PRICE"
JAPANESE = {"name": "佐藤美咲", "email": "misaki@nordlicht.example", "locale": "ja"}
MONTH = timedelta(days=32)
SETTLING_DAYS = 5
NOTICE = timedelta(days=31)  # a scorecard model is published a month before it applies

_GOLD: list[dict[str, Any]] = [
    {
        "metric": "REVENUE_INVOICED",
        "threshold": "1000",
        "currency": "EUR",
        "window": "WINDOW_TYPE_ROLLING_MONTHS",
        "months": 12,
    },
    {"metric": "CERTIFIED_PERSONS", "threshold": "2", "track": TRACK},
]
_LEVELS: list[dict[str, Any]] = [
    {"code": "BASIC", "rank": 1},
    {
        "code": "GOLD",
        "rank": 2,
        "benefits": {"claim_limit": 50, "protection_days": 120, "credit_proposal": money(5000)},
        "groups": [
            {
                "match": "REQUIREMENT_MATCH_ALL",
                "requirements": [{"comparison": "COMPARISON_AT_LEAST", **one} for one in _GOLD],
            }
        ],
    },
]
_DIMENSIONS: list[dict[str, Any]] = [
    {
        "code": "CLAIMS",
        "source": "SCORECARD_SOURCE_FACTS",
        "metric": "FACT_METRIC_REGISTRATIONS",
        "weight_basis_points": 4_000,
        "worst": "0",
        "target": "2",
    },
    {
        "code": "CERTIFIED",
        "source": "SCORECARD_SOURCE_CERTIFIED_PERSONS",
        "track": TRACK,
        "weight_basis_points": 4_000,
        "worst": "0",
        "target": "2",
    },
    {
        "code": "SATISFACTION",
        "source": "SCORECARD_SOURCE_FACTS",
        "metric": "FACT_METRIC_SATISFACTION",
        "weight_basis_points": 2_000,
        "worst": "1",
        "target": "5",
        "minimum": 3,
    },
]


async def a_programme_is_published(scenario: ScenarioClient) -> None:
    """The vendor publishes levels and a scorecard, and enrols a reseller, which is told what it misses."""
    scenario.chapter("The programme")
    await scenario.ask(
        "partners",
        "CreateTrack",
        code=TRACK,
        name="Routers",
        product_line="ROUTERS",
        courses=[{"code": "RTR-1", "name": "Routers, first course"}],
    )
    draft = await scenario.ask(
        "partners",
        "DraftProgram",
        code=PROGRAM,
        name="Channel programme",
        levels=_LEVELS,
        review_every="REVIEW_PERIOD_MONTH",
        promotion="PROMOTION_MODE_AT_ONCE",
        effective_day=day(scenario.today),
    )
    await scenario.ask("partners", "PublishProgram", id=draft.program.id)
    model = await scenario.ask(
        "partners",
        "DraftScorecardModel",
        code=MODEL,
        dimensions=_DIMENSIONS,
        peer_keys=["SCORECARD_PEER_KEY_COUNTRY"],
        settling_days=SETTLING_DAYS,
        published_at_close=True,
    )
    quarter = _quarter_after(scenario.today + NOTICE)
    await scenario.ask("partners", "PublishScorecardModel", id=model.scorecard_model.id, effective_day=day(quarter))
    scenario.held["quarter"] = quarter.isoformat()
    enrolled = await scenario.ask("partners", "Enroll", partner_id=scenario.held["north"], program=PROGRAM)
    scenario.tell("A programme is published; the reseller enters it", f"level {enrolled.enrolment.level.code}")
    await _certified(scenario, scenario.held["north contact"], until=quarter + timedelta(days=4))
    await scenario.advance(timedelta(0))
    progress = await scenario.ask("partners", "GetTierProgress", partner_id=scenario.held["north"])
    for one in progress.levels[-1].groups[0].requirements:
        unit = f" {one.currency}" if one.currency else ""
        scenario.tell(
            f"For GOLD, {one.metric.lower().replace('_', ' ')}",
            f"has {one.have}{unit}, needs {one.need}, misses {one.missing or '0'}",
        )


async def one_more_person_is_certified(scenario: ScenarioClient) -> None:
    """A second person passes the course, and the review after the month moves the reseller up."""
    added = await scenario.ask(
        "partners",
        "AddContact",
        partner_id=scenario.held["north"],
        person=JAPANESE,
        roles=["CONTACT_ROLE_TECHNICAL"],
    )
    await _certified(scenario, added.contact.id)
    await scenario.advance(MONTH)
    found = await scenario.ask("partners", "ListTierHistory", partner_id=scenario.held["north"])
    [change] = [one for one in found.changes if one.cause == 2]
    scenario.tell(
        "A second person passes; the review of the month moves it",
        f"{change.before.code} -> {change.after.code}, {len(change.figures)} levels of figures kept",
    )
    credit = await scenario.eventually(
        "orders",
        "GetCreditAccount",
        lambda answer: answer.HasField("proposed_limit"),
        partner_id=scenario.held["north"],
        currency="EUR",
    )
    proposed, limit = credit.proposed_limit, credit.credit_account.limit
    scenario.tell(
        f"{proposed.level_code} proposes a credit limit; a person decides",
        f"{shown(proposed.limit)}, now {shown(limit)}",
    )


async def a_certificate_lapses(scenario: ScenarioClient) -> None:
    """Registering takes two certified persons. One certificate ends, and a claim is refused until it is renewed."""
    await scenario.ask("partners", "SetGate", right="RIGHT_REGISTERING", product_line="ROUTERS", track=TRACK, persons=2)
    quarter = date.fromisoformat(scenario.held["quarter"])
    await scenario.advance(quarter + timedelta(days=6) - scenario.today)
    claim = await scenario.ask(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["north"],
        customer={"legal_name": "Fahrradhof Weiß KG", "country": COUNTRY, "domain": "fahrradhof.example"},
        lines=[{"sku": "RTR-100", "product_line": "ROUTERS", "quantity": 3, "expected_amount": money(1200)}],
    )
    refused = await scenario.refused("deals", "SubmitRegistration", id=claim.registration.id)
    scenario.tell("Its first certificate lapses, and a claim is refused", f"{refused.reason}: {refused.message}")
    await _certified(scenario, scenario.held["north contact"])
    await scenario.eventually("deals", "SubmitRegistration", id=claim.registration.id)
    scenario.tell("The certificate is renewed", "the claim is submitted")


async def a_price_breaks_the_corridor(scenario: ScenarioClient) -> None:
    """A highest price may be set here and a lowest one may not; what the law forbids opens no case."""
    await scenario.ask(
        "partners",
        "PutConductRule",
        terms={
            "code": RULE,
            "basis": "CONDUCT_BASIS_PROGRAMME",
            "section": "7",
            "title": "Prices outside of the corridor",
            "points": {"notice": 1, "warning": 3},
            "cure_days": 14,
        },
    )
    bounds = {
        "country": COUNTRY,
        "sku": "RTR-100",
        "floor": money(450),
        "ceiling": money(600),
        "first_day": day(scenario.today),
        "rule_code": RULE,
    }
    await scenario.ask("partners", "PutPriceCorridor", bounds=bounds)
    sold = {
        "partner_id": scenario.held["north"],
        "source": "PRICE_SOURCE_SELL_THROUGH",
        "country": COUNTRY,
        "sku": "RTR-100",
        "priced_on": day(scenario.today),
    }
    low = await scenario.refused("partners", "ReportPrice", price=money(400), **sold)
    scenario.tell("It sells below the floor", f"{low.reason}: {low.message}")
    high = await scenario.ask("partners", "ReportPrice", price=money(650), **sold)
    case = await scenario.ask("partners", "GetConductCase", id=high.price_report.conduct_case_id)
    scenario.tell("It sells above the ceiling", f"a case about section {case.conduct_case.terms.section} is open")


async def a_fund_pays_a_road_show(scenario: ScenarioClient) -> None:
    """The reseller asks for money, shows what it spent it on, and what came of it."""
    period = {"first_day": day(scenario.today), "last_day": day(scenario.today + timedelta(days=60))}
    fund = await scenario.ask(
        "partners",
        "OpenFund",
        partner_id=scenario.held["north"],
        name="Road shows",
        currency="EUR",
        basis="FUND_BASIS_DISCRETIONARY",
        budget=money(2000),
        claim_days=30,
        **period,
    )
    asked = await scenario.ask(
        "partners",
        "CreateFundingRequest",
        fund_id=fund.fund.id,
        activity_type="FUND_ACTIVITY_TYPE_EVENT",
        title="Road show",
        amount=money(500),
        **period,
    )
    request = asked.funding_request.id
    await scenario.ask("partners", "SubmitFundingRequest", id=request)
    more = await scenario.ask(
        "partners",
        "CreateFundingRequest",
        fund_id=fund.fund.id,
        activity_type="FUND_ACTIVITY_TYPE_EVENT",
        title="A second road show",
        amount=money(1600),
        **period,
    )
    refused = await scenario.refused("partners", "SubmitFundingRequest", id=more.funding_request.id)
    scenario.tell("500 EUR of a fund of 2,000 are reserved; 1,600 more", f"{refused.reason}: {refused.message}")
    await _by_two(scenario, "ApproveFundingRequest", id=request)
    claim = await scenario.ask(
        "partners",
        "SubmitFundClaim",
        funding_request_id=request,
        amount=money(400),
        evidence=[{"kind": "FUND_EVIDENCE_KIND_INVOICE", "sha256": "5f" * 32, "reference": "R-2041", "page_count": 2}],
        final=True,
    )
    await _by_two(
        scenario,
        "ApproveFundClaim",
        id=claim.fund_claim.id,
        treatment="FUND_TREATMENT_DISTINCT_SERVICE",
        fair_value=money(400),
    )
    await scenario.ask("partners", "PayFundClaim", id=claim.fund_claim.id, payment_reference="PAY-17")
    await scenario.eventually("partners", "AttributeOrders", id=request, order_ids=[scenario.held["order"]])
    brought = (await scenario.ask("partners", "GetFundReturn", id=request)).fund_return
    scenario.tell(
        f"It spends {shown(brought.spent)} on it", f"{', '.join(map(shown, brought.attributed))} of orders came of it"
    )


async def a_quarter_is_scored(scenario: ScenarioClient) -> None:
    """The quarter is closed, and the reseller's card says for each line where its points come from."""
    quarter = date.fromisoformat(scenario.held["quarter"])
    end = _quarter_after(quarter + timedelta(days=1))
    await scenario.advance(end + timedelta(days=SETTLING_DAYS + 2) - scenario.today)
    found = await scenario.ask(
        "partners", "ListScorecards", partner_id=scenario.held["north"], quarter=day(quarter), latest_only=True
    )
    card = (await scenario.ask("partners", "GetScorecard", id=found.scorecards[0].id)).scorecard
    for line in card.lines:
        share = f"{line.shared_weight_basis_points / 100:g} % of the score"
        told = f"{line.value}: {line.points / 100:g} of 100, {share}" if line.state == 1 else "too few documents"
        scenario.tell(f"The quarter, line {line.dimension.code.lower()}", told)
    scenario.tell(
        "Score and rank", f"{card.score / 100:g} of 100, {card.standing.rank} of {card.standing.peer_count} peers"
    )


async def _certified(scenario: ScenarioClient, contact: str, *, until: date | None = None) -> None:
    """A person passes the course today. until: the last day of the certificate, absent for one without end."""
    ends = {"last_day": day(until)} if until else {}
    await scenario.ask(
        "partners",
        "RecordCompletion",
        contact_id=contact,
        track=TRACK,
        course="RTR-1",
        completed_on=day(scenario.today),
        **ends,
    )


async def _by_two(scenario: ScenarioClient, method: str, **fields: Any) -> None:
    """An act that a second person confirms."""
    asked = await scenario.ask("partners", method, **fields)
    await scenario.ask_another("partners", "ConfirmDecision", id=asked.decision.id)


def _quarter_after(on: date) -> date:
    """The first day of the first quarter that begins on that day or later."""
    first = on.replace(day=1)
    while first < on or first.month % 3 != 1:
        first = (first + MONTH).replace(day=1)
    return first
