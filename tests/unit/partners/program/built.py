"""Programmes for tests, each valid unless the test says otherwise."""

from typing import Any

from libs.money import Money
from libs.versions import RuleState
from services.partners.program.domain.program import (
    Comparison,
    LevelBenefits,
    Program,
    ProgramContent,
    ProgramLevel,
    PromotionMode,
    Requirement,
    RequirementGroup,
    RequirementMatch,
    ReviewPeriod,
    WindowType,
    with_content,
)
from tests.builders import NOW, an_id

TODAY = NOW.date()


def need(metric: str = "REVENUE_ORDERED", threshold: str = "1000", **fields: Any) -> Requirement:
    """At least a thousand euros of orders in a quarter."""
    money: dict[str, Any] = {"currency": "EUR"} if metric.startswith(("REVENUE", "OVERDUE_AMOUNT")) else {}
    given = {"comparison": Comparison.AT_LEAST, "window": WindowType.QUARTER, **money, **fields}
    return Requirement(metric=metric, threshold=threshold, **given)


def level(code: str, rank: int, *needs: Requirement, any_of: bool = False, **benefits: Any) -> ProgramLevel:
    """A level with one group of requirements; with none if there are none."""
    match = RequirementMatch.ANY if any_of else RequirementMatch.ALL
    groups = (RequirementGroup(match=match, requirements=needs),) if needs else ()
    return ProgramLevel(code=code, rank=rank, groups=groups, benefits=LevelBenefits(**benefits))


BASIC = level("BASIC", 1)
SILVER = level("SILVER", 2, need(threshold="1000"), claim_limit=20)
GOLD = level(
    "GOLD",
    3,
    need(threshold="5000"),
    price_list_tier="TOP",
    claim_limit=50,
    protection_days=120,
    lead_weight=5,
    credit_proposal=Money.of(9000, "EUR"),
)


def content(*levels: ProgramLevel, **fields: Any) -> ProgramContent:
    """Three levels, reviewed each quarter, in force from today on."""
    given: dict[str, Any] = {
        "code": "CHANNEL",
        "name": "Channel programme",
        "review_every": ReviewPeriod.QUARTER,
        "promotion": PromotionMode.AT_ONCE,
        "demotion_notice_days": 30,
        "demotion_grace_days": 60,
        "effective_day": TODAY,
    }
    return ProgramContent(levels=levels or (BASIC, SILVER, GOLD), **{**given, **fields})


def program(*levels: ProgramLevel, number: int = 1, **fields: Any) -> Program:
    """The same, published."""
    said = content(*levels, **fields)
    bare = Program(
        id=an_id("prg", number),
        code=said.code,
        number=number,
        state=RuleState.PUBLISHED,
        review_every=said.review_every,
        promotion=said.promotion,
        effective_day=said.effective_day,
        create_time=NOW,
        update_time=NOW,
    )
    return with_content(bare, said)
