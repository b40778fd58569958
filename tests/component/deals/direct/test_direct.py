"""A seller of the vendor learns for which product lines to keep out, and nothing else of a partner's customers."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from libs.call import Call, Caller
from libs.privacy.keys import Keys
from libs.store.port import Query, Store
from services.deals.claims.domain.registration import Customer, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.direct import usecases, wire
from services.deals.direct.documents import DIRECT_ACCOUNTS
from services.deals.direct.domain import DirectAccount, TooManyDirectChecks
from services.deals.settings import Policy
from tests.component.deals.harness import ACME, PARTNER, RIVAL, ROUTERS, Harness, a_customer

SWITCHES = RegistrationLine(sku="SWI-1", product_line="SWITCHES", quantity=1)


async def check(
    harness: Harness, customer: Customer = ACME, lines: Iterable[str] = ("ROUTERS", "SWITCHES"), seller: str = "sue"
) -> DirectAccount:
    call = Call(caller=Caller(subject=seller, roles=("direct_sales",)), method="CheckDirectSale")
    cmd = usecases.CheckDirectSale(call=call, customer=customer, product_lines=tuple(lines))
    return await harness.env.run(usecases.check_direct_sale, cmd)


async def protected(harness: Harness, customer: Customer = ACME, seller: str = "sue") -> tuple[str, ...]:
    return (await check(harness, customer, seller=seller)).protected_product_lines


async def test_a_seller_keeps_out_of_the_lines_that_are_protected_while_they_are(harness: Harness) -> None:
    assert await protected(harness) == ()
    reg = await harness.claimed()
    assert await protected(harness) == ()  # a claim that is not approved protects nothing and is not shown
    await harness.approve(reg)
    await harness.approved(RIVAL, lines=(SWITCHES,), customer=replace(ACME, legal_name="ACME"))
    assert await protected(harness) == ("ROUTERS", "SWITCHES")
    assert (await check(harness, lines=("CABLES", "SWITCHES"))).protected_product_lines == ("SWITCHES",)
    assert await protected(harness, a_customer("Somebody Else")) == ()
    harness.days(91)
    assert (await harness.reg(reg)).review is Review.APPROVED  # no job has expired it yet
    assert await protected(harness) == ()


async def test_another_spelling_is_kept_out_of_only_if_it_would_block_a_rival(harness: Harness) -> None:
    mine = Customer(legal_name="Krüger Pumpen GmbH & Co. KG", country="DE", domain="kr.example", phone="030 901820")
    await harness.approved(customer=mine)
    near = Customer(legal_name="Kruger-Pumpen", country="DE")
    assert await protected(harness, near) == ()
    assert await protected(harness, replace(near, phone="+49 30 901820")) == ("ROUTERS",)


async def test_the_answer_is_the_same_whoever_is_protected(harness: Harness) -> None:
    """Neither partner nor claim nor day can be told from it."""
    answers = []
    for number, partner in enumerate((PARTNER, RIVAL)):
        customer = a_customer(f"Customer {number}")
        await harness.approved(partner, customer=customer)
        told = await check(harness, customer, lines=("ROUTERS",), seller=f"seller {number}")
        answers.append(wire.ANSWER.encode(told).SerializeToString())
        harness.days(number)
    assert answers[0] == answers[1]


async def test_a_seller_checks_so_many_customers_a_day_and_others_are_not_affected(store: Store, keys: Keys) -> None:
    harness = Harness(store, keys, policy=Policy(direct_checks_per_day=2))
    assert [(await check(harness)).checks_left for _ in range(2)] == [1, 0]
    with pytest.raises(TooManyDirectChecks):
        await check(harness)
    assert (await check(harness, seller="sam")).checks_left == 1
    harness.days(1)
    assert (await check(harness)).checks_left == 1


async def test_a_check_stores_neither_customer_nor_seller(harness: Harness) -> None:
    await harness.approved(lines=(ROUTERS,))
    await check(harness)
    (row,) = (await harness.env.store.find(Query(kind=DIRECT_ACCOUNTS))).rows
    kept = repr(row.value).lower()
    assert "sue" not in kept
    assert "acme" not in kept
