"""Which steps a claim has, and who decides them."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money
from services.deals.approval.domain.chain import Decider, NotYourStep, pass_step, started, waits_for_step
from services.deals.approval.domain.rules import (
    ApprovalChain,
    ApprovalRule,
    ApprovalStep,
    OwnAuthority,
    chain_of,
    rule_violations,
)
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

BIG = ApprovalStep(code="BIG", role="region_head", amounts_above=(Money.of(1_000, "EUR"),))
CHEAP = ApprovalStep(code="CHEAP", role="finance", discount_above_basis_points=500)
GOLD = ApprovalStep(code="GOLD", role="channel_manager", tiers=("GOLD",), product_lines=("ROUTERS",))
STEPS = (BIG, CHEAP, GOLD)


def claim(amount: Money | None = None, discount: int = 0) -> Registration:
    reg = a_registration(Review.UNDER_REVIEW)
    return replace(reg, expected_amount=amount, asked_discount_basis_points=discount)


def rule(*steps: ApprovalStep, own: OwnAuthority | None = None) -> ApprovalRule:
    return ApprovalRule(id=an_id("apr"), number=3, steps=steps, own_authority=own, create_time=NOW, update_time=NOW)


def codes(chain: ApprovalChain) -> list[str]:
    return [one.code for one in chain.steps]


def test_a_step_applies_by_amount_tier_product_line_and_discount() -> None:
    for amount, discount, tier, expected in (
        (Money.of(1_000, "EUR"), 500, "SILVER", []),
        (Money.of(1_001, "EUR"), 500, "SILVER", ["BIG"]),
        (Money.of(1, "CHF"), 501, "SILVER", ["BIG", "CHEAP"]),
        (None, 0, "GOLD", ["BIG", "GOLD"]),
        (Money.of(1_000, "EUR"), 501, "GOLD", ["CHEAP", "GOLD"]),
    ):
        assert codes(chain_of(rule(*STEPS), claim(amount, discount), tier)) == expected
    other = ApprovalStep(code="OTHER", role="finance", product_lines=("CABLES",))
    assert codes(chain_of(rule(other), claim(), "")) == []
    assert chain_of(None, claim(), "GOLD") == ApprovalChain()


def test_inside_of_the_margin_nobody_else_is_needed_and_outside_everybody_is() -> None:
    own = OwnAuthority(amounts_up_to=(Money.of(500, "EUR"),), discount_up_to_basis_points=300)
    always = ApprovalStep(code="ALWAYS", role="region_head")
    for amount, discount, alone in (
        (Money.of(500, "EUR"), 300, True),
        (Money.of(501, "EUR"), 300, False),
        (Money.of(500, "EUR"), 301, False),
        (Money.of(1, "CHF"), 0, False),
        (None, 0, False),
    ):
        found = chain_of(rule(always, own=own), claim(amount, discount), "")
        assert (found.own_authority, codes(found)) == (alone, [] if alone else ["ALWAYS"])


def test_a_code_and_a_currency_are_there_once() -> None:
    twice = replace(BIG, amounts_above=(Money.of(1, "EUR"), Money.of(2, "EUR")))
    own = OwnAuthority(amounts_up_to=(Money.of(1, "QQQ"),))
    found = [(one.field, one.reason) for one in rule_violations([twice, BIG], own)]
    assert found == [
        ("steps", "REPEATED"),
        ("steps[0].amounts_above", "REPEATED"),
        ("own_authority.amounts_up_to[0].currency_code", "UNKNOWN_CURRENCY"),
    ]


def test_whose_step_it_is_not_is_refused_with_the_steps_named() -> None:
    reg = replace(claim(), approval_steps=started(ApprovalChain(steps=STEPS)))
    with pytest.raises(NotYourStep) as refused:
        pass_step(reg, Decider(subject="anna", roles=("finance",)), now=NOW)
    assert refused.value.metadata == {"id": reg.id, "step": "BIG", "role": "region_head", "steps": "BIG,CHEAP,GOLD"}
    after, events = pass_step(reg, Decider(subject="anna", roles=("region_head",)), now=NOW)
    assert [one.step_code for one in events] == ["BIG"]
    for again in (
        Decider(subject="anna", roles=("finance",)),
        Decider(subject="bert", on_behalf_of="anna", roles=("finance",)),
    ):
        with pytest.raises(NotYourStep):
            pass_step(after, again, now=NOW)
    assert pass_step(claim(), Decider(subject="anna"), now=NOW) == (claim(), ())


PEOPLE = ("anna", "bert", "carl", "dora")
ROLES = ("region_head", "finance", "channel_manager")
HELD = st.fixed_dictionaries({who: st.sets(st.sampled_from(ROLES)) for who in PEOPLE})
ASKING = st.lists(st.sampled_from(PEOPLE), max_size=10)
CHAINS = st.sampled_from([some for count in range(4) for some in combinations(STEPS, count)])


@given(CHAINS, HELD, ASKING)
def test_a_chain_is_passed_in_its_order_by_as_many_people_as_it_has_steps(
    steps: tuple[ApprovalStep, ...], held: dict[str, set[str]], asking: list[str]
) -> None:
    """The oracle: a list of roles that is worn down, and a set of people who are used up."""
    reg: Any = replace(claim(), approval_steps=started(ApprovalChain(steps=steps)))
    left, used = [one.role for one in steps], set[str]()
    for who in asking:
        allowed = not left or (left[0] in held[who] and who not in used)
        if not allowed:
            with pytest.raises(NotYourStep):
                pass_step(reg, Decider(subject=who, roles=tuple(held[who])), now=NOW)
            continue
        reg, _ = pass_step(reg, Decider(subject=who, roles=tuple(held[who])), now=NOW)
        used |= {who} if left else set()
        left = left[1:]
    assert waits_for_step(reg) is bool(left)
