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
from tests.component.orders.desk import PARTNER, Desk, eur

SETS = ("orders.credit_terms.set",)


async def terms(desk: Desk, limit: str, call: Call | None = None, *, days: int = 14) -> Outcome[Any]:
    """Ask for a limit in euros."""
    call = call or asked_by("dev:anna", *SETS)
    wanted = SetCreditTerms(call=call, partner_id=PARTNER, limit=eur(limit), terms_days=days)
    return await FOUR_EYES.run(desk.env, wanted)


async def confirm(desk: Desk, decision: Decision | None, who: str = "dev:bernd") -> Decision:
    """Somebody confirms."""
    assert decision is not None
    return await desk.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by(who, *SETS), id=decision.id))


def letting_one_grant(desk: Desk, **units: int) -> Desk:
    """The same service under another policy."""
    desk.env.settings = replace(desk.env.settings, policy=Policy(credit_alone_up_to=units))
    return desk


async def test_a_limit_above_what_one_person_may_grant_takes_two(desk: Desk) -> None:
    letting_one_grant(desk, EUR=5000)
    alone = await terms(desk, "5000")
    assert (alone.decision, alone.resource.limit) == (None, eur("5000"))
    desk.events()
    asked = await terms(desk, "5000.01")
    assert asked.decision is not None
    assert asked.decision.summary == f"credit terms of {PARTNER}:EUR: 5000.0100 EUR, 14 days"
    assert (asked.resource, await desk.account()) == (alone.resource, alone.resource)
    with pytest.raises(Duplicate):
        await terms(desk, "6000")
    with pytest.raises(SecondPersonRequired):
        await confirm(desk, asked.decision, "dev:anna")
    await confirm(desk, asked.decision)
    assert (await desk.account()).limit == eur("5000.01")
    assert desk.events() == ["DecisionProposed", "DecisionConfirmed", "CreditTermsSet"]


async def test_many_small_rises_are_no_way_around_the_second_person(desk: Desk) -> None:
    letting_one_grant(desk, EUR=1000)
    await terms(desk, "1000")
    for limit in ("1000.01", "1001", "1100"):
        asked = await terms(desk, limit)
        assert asked.decision is not None
        await desk.env.run(FOUR_EYES.decline, DeclineDecision(call=asked_by("dev:anna", *SETS), id=asked.decision.id))


async def test_one_person_lowers_a_limit_and_two_raise_it_again(desk: Desk) -> None:
    letting_one_grant(desk, EUR=1000)
    await desk.terms("9000")
    assert (await terms(desk, "8000")).decision is None
    assert (await terms(desk, "8000", days=7)).decision is None
    assert (await terms(desk, "9000")).decision is not None


@pytest.mark.parametrize("limits", [{}, {"USD": 1_000_000}, {"EUR": 0}])
async def test_in_a_currency_without_an_amount_two_grant_every_limit_also_the_first(
    desk: Desk, limits: dict[str, int]
) -> None:
    letting_one_grant(desk, **limits)
    asked = await terms(desk, "0.01")
    assert (asked.resource, asked.decision is not None) == (None, True)
    await confirm(desk, asked.decision)
    assert (await desk.account()).limit == eur("0.01")
    assert (await terms(desk, "0")).decision is None


async def test_a_decision_about_what_somebody_did_meanwhile_ends_all_the_same(desk: Desk) -> None:
    letting_one_grant(desk)
    asked = await terms(desk, "500")
    account = await desk.terms("500")
    desk.events()
    assert (await confirm(desk, asked.decision)).state is DecisionState.CONFIRMED
    assert await desk.account() == account
    assert desk.events() == ["DecisionConfirmed"]


async def test_the_same_terms_again_are_answered_the_same_though_they_were_changed_since(desk: Desk) -> None:
    await desk.terms("500")
    again = asked_by("dev:anna", *SETS, request_id="again")
    desk.events()
    first = await terms(desk, "500", again)
    assert (first.decision, desk.events()) == (None, [])
    lower = await desk.terms("400")
    assert await terms(desk, "500", again) == first
    assert await desk.account() == lower
