"""A score is the sum of the rules that are met, between 0 and 100, and each rule has its line."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from services.deals.leads.domain.scoring import (
    FOLLOW_UP_DAYS,
    LeadBand,
    LeadScoreFact,
    LeadScoreRule,
    LeadScoring,
    VersionNotLater,
    publish,
    scored,
)
from tests.builders import NOW, an_id
from tests.unit.deals.leads.models import a_lead

TODAY = date(2026, 3, 2)
FAIR = LeadScoreRule(code="FAIR", fact=LeadScoreFact.SOURCE, values=("TRADE_FAIR",), points=30)
BIG = LeadScoreRule(code="BIG", fact=LeadScoreFact.AMOUNT, at_least=Money.of(1_000, "EUR"), points=40)
KNOWN = LeadScoreRule(code="KNOWN", fact=LeadScoreFact.KNOWN_CUSTOMER, points=-20)


def a_version(*rules: LeadScoreRule, day: date = TODAY, **fields: object) -> LeadScoring:
    content: dict[str, object] = {"qualify_from": 60, "bands": (), **fields}
    return LeadScoring(id=an_id("lsc"), effective_date=day, rules=rules, create_time=NOW, **content)  # type: ignore[arg-type]  # fields of a test


def test_each_rule_has_a_line_that_says_what_it_gave() -> None:
    version = a_version(FAIR, BIG, KNOWN, bands=(LeadBand(from_score=50, follow_up_days=14),))
    found = scored(version, a_lead(expected_amount=Money.of(1_000, "EUR")), known_customer=False)
    assert [(one.code, one.met, one.points) for one in found.lines] == [
        ("FAIR", True, 30),
        ("BIG", True, 40),
        ("KNOWN", False, 0),
    ]
    assert (found.score, found.qualifies, found.follow_up_days) == (70, True, 14)
    other = scored(version, a_lead(expected_amount=Money.of(9_000, "CNY")), known_customer=True)
    assert (other.score, other.qualifies, other.follow_up_days) == (10, False, FOLLOW_UP_DAYS)


@given(st.lists(st.integers(-100, 100), max_size=8))
def test_a_score_is_the_sum_within_its_bounds(points: list[int]) -> None:
    rules = [
        LeadScoreRule(code=f"R{n}", fact=LeadScoreFact.COUNTRY, values=("DE",), points=one)
        for n, one in enumerate(points)
    ]
    assert scored(a_version(*rules), a_lead(), known_customer=False).score == max(0, min(100, sum(points)))


def test_a_rule_for_a_source_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        publish(a_version(replace(FAIR, values=("TRADE_FAIR", "TRADEFAIR"))), None, today=TODAY)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("rules[0].values[1]", "UNKNOWN_SOURCE")]


def test_a_version_is_published_for_a_later_day_and_names_every_mistake() -> None:
    first = publish(a_version(FAIR), None, today=TODAY)
    with pytest.raises(VersionNotLater):
        publish(a_version(BIG), first, today=TODAY)
    wrong = a_version(
        LeadScoreRule(code="A", fact=LeadScoreFact.SOURCE),
        LeadScoreRule(code="A", fact=LeadScoreFact.AMOUNT),
        day=date(2026, 3, 1),
        bands=(LeadBand(from_score=1, follow_up_days=1), LeadBand(from_score=1, follow_up_days=1)),
    )
    with pytest.raises(InvalidInput) as refused:
        publish(wrong, None, today=TODAY)
    assert {one.field for one in refused.value.violations} == {
        *("effective_date", "rules[0].values", "rules[1].at_least", "rules[1].code", "bands[1].from_score")
    }
