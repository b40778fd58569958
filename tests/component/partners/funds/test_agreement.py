"""A partner has funds only if an agreement in force allows them, once it has had one in force."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.rights import ClauseSubject, NoAgreement
from services.partners.agreement.domain.terms import Clause
from services.partners.settings import Policy
from tests.component.partners.agreement import acts as agreements
from tests.component.partners.funds.acts import draft, open_fund, submit
from tests.component.partners.harness import Harness

CLAUSE = Clause(number="7.2", subject=ClauseSubject.FUNDS)


async def refused(act: Any) -> tuple[str, str]:
    """Subject and clause that the refusal names."""
    with pytest.raises(NoAgreement) as found:
        await act
    assert found.value.metadata["right"] == "FUNDS"
    return found.value.metadata["subject"], found.value.metadata["clause"]


async def test_an_agreement_without_funds_refuses_the_fund_and_names_the_clause(harness: Harness) -> None:
    partner = await harness.active()
    await agreements.active(harness, partner.id, funds=False, clauses=(CLAUSE,))
    harness.events()
    assert await refused(open_fund(harness, partner.id)) == ("FUNDS", "7.2")
    assert not harness.events()
    await agreements.active(harness, partner.id, funds=True)
    assert (await open_fund(harness, partner.id)).partner_id == partner.id


async def test_requests_are_refused_from_the_day_after_the_agreement(harness: Harness) -> None:
    partner = await harness.active()
    today = harness.env.today()
    await agreements.active(harness, partner.id, funds=True, valid_until=today)
    fund = await open_fund(harness, partner.id)
    first = await draft(harness, fund)
    await submit(harness, await draft(harness, fund))
    harness.clock.advance(timedelta(days=1))
    assert await refused(submit(harness, first)) == ("TERM", "")
    assert await refused(draft(harness, fund)) == ("TERM", "")


async def test_a_policy_says_what_a_partner_without_any_agreement_has(harness: Harness) -> None:
    partner = await harness.active()
    fund = await open_fund(harness, partner.id)
    harness.env.settings = replace(harness.env.settings, policy=Policy(fund_agreement_required=True))
    assert await refused(open_fund(harness, partner.id)) == ("TERM", "")
    assert await refused(draft(harness, fund)) == ("TERM", "")
    await agreements.active(harness, partner.id, funds=True)
    assert (await draft(harness, fund)).fund_id == fund.id
