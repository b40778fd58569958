"""A high limit is granted by two persons, a small one and a lower one by one."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call
from libs.decisions.decision import Decision, DecisionState, SecondPersonRequired
from libs.decisions.four_eyes import ConfirmDecision, DeclineDecision, Outcome
from libs.errors import Duplicate
from services.orders.credit.usecases import FOUR_EYES, SetCreditTerms
from services.orders.settings import Policy
from tests.builders import asked_by
from tests.component.orders.harness import PARTNER, Harness, eur

SETS = ("orders.credit_terms.set",)


async def terms(harness: Harness, limit: str, call: Call | None = None, *, days: int = 14) -> Outcome[Any]:
    """Ask for a limit in euros."""
    call = call or asked_by("dev:anna", *SETS)
    wanted = SetCreditTerms(call=call, partner_id=PARTNER, limit=eur(limit), terms_days=days)
    return await FOUR_EYES.run(harness.env, wanted)


async def confirm(harness: Harness, decision: Decision | None, who: str = "dev:bernd") -> Decision:
    """Somebody confirms."""
    assert decision is not None
    return await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by(who, *SETS), id=decision.id))


def letting_one_grant(harness: Harness, **units: int) -> Harness:
    """The same service under another policy."""
    harness.env.settings = replace(harness.env.settings, policy=Policy(credit_alone_up_to=units))
    return harness


async def test_a_limit_above_what_one_person_may_grant_takes_two(harness: Harness) -> None:
    letting_one_grant(harness, EUR=5000)
    alone = await terms(harness, "5000")
    assert (alone.decision, alone.resource.limit) == (None, eur("5000"))
    harness.names()
    asked = await terms(harness, "5000.01")
    assert asked.decision is not None
    assert asked.decision.summary == f"credit terms of {PARTNER}:EUR: 5000.0100 EUR, 14 days"
    assert (asked.resource, await harness.account()) == (alone.resource, alone.resource)
    with pytest.raises(Duplicate):
        await terms(harness, "6000")
    with pytest.raises(SecondPersonRequired):
        await confirm(harness, asked.decision, "dev:anna")
    await confirm(harness, asked.decision)
    assert (await harness.account()).limit == eur("5000.01")
    assert harness.names() == ["DecisionProposed", "DecisionConfirmed", "CreditTermsSet"]


async def test_many_small_rises_are_no_way_around_the_second_person(harness: Harness) -> None:
    letting_one_grant(harness, EUR=1000)
    await terms(harness, "1000")
    for limit in ("1000.01", "1001", "1100"):
        asked = await terms(harness, limit)
        assert asked.decision is not None
        await harness.env.run(
            FOUR_EYES.decline, DeclineDecision(call=asked_by("dev:anna", *SETS), id=asked.decision.id)
        )


async def test_one_person_lowers_a_limit_and_two_raise_it_again(harness: Harness) -> None:
    letting_one_grant(harness, EUR=1000)
    await harness.terms("9000")
    assert (await terms(harness, "8000")).decision is None
    assert (await terms(harness, "8000", days=7)).decision is None
    assert (await terms(harness, "9000")).decision is not None


@pytest.mark.parametrize("limits", [{}, {"USD": 1_000_000}, {"EUR": 0}])
async def test_in_a_currency_without_an_amount_two_grant_every_limit_also_the_first(
    harness: Harness, limits: dict[str, int]
) -> None:
    letting_one_grant(harness, **limits)
    asked = await terms(harness, "0.01")
    assert (asked.resource, asked.decision is not None) == (None, True)
    await confirm(harness, asked.decision)
    assert (await harness.account()).limit == eur("0.01")
    assert (await terms(harness, "0")).decision is None


async def test_a_decision_about_what_somebody_did_meanwhile_ends_all_the_same(harness: Harness) -> None:
    letting_one_grant(harness)
    asked = await terms(harness, "500")
    account = await harness.terms("500")
    harness.names()
    assert (await confirm(harness, asked.decision)).state is DecisionState.CONFIRMED
    assert await harness.account() == account
    assert harness.names() == ["DecisionConfirmed"]


async def test_the_same_terms_again_are_answered_the_same_though_they_were_changed_since(harness: Harness) -> None:
    await harness.terms("500")
    again = asked_by("dev:anna", *SETS, request_id="again")
    harness.names()
    first = await terms(harness, "500", again)
    assert (first.decision, harness.names()) == (None, [])
    lower = await harness.terms("400")
    assert await terms(harness, "500", again) == first
    assert await harness.account() == lower
