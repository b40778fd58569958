"""An approval is refused while a rival's protection is in the way."""

import pytest
from msgspec.structs import replace

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims.domain.registration import Customer, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.conflicts.domain.overriding import CustomerProtected
from services.deals.conflicts.reads.slots import CONFLICTS_LISTED
from services.deals.settings import Policy
from tests.component.deals.desk import ACME, RIVAL, Desk

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")


async def test_protection_is_found_behind_any_number_of_other_matches(desk: Desk, store: Store, keys: Keys) -> None:
    desk = Desk(store, keys, policy=Policy(claims_without_tier=300))
    protected = await desk.approved(RIVAL, customer=Customer(legal_name="Acme", country="DE", phone="030 901820"))
    for _ in range(CONFLICTS_LISTED):
        await desk.submit(await desk.draft())
    mine = await desk.claimed(customer=replace(ACME, phone="030 901820"))
    assert protected.id not in {one.registration_id for one in await desk.conflicts(mine)}
    with pytest.raises(CustomerProtected):
        await desk.approve(mine)


async def test_a_rival_blocks_until_its_protection_ends_and_only_on_the_same_products(desk: Desk) -> None:
    await desk.approved(RIVAL)
    assert (await desk.approved(lines=(SWITCHES,))).review is Review.APPROVED
    mine = await desk.claimed()
    with pytest.raises(CustomerProtected):
        await desk.approve(mine)
    desk.days(90)
    assert (await desk.approve(mine)).review is Review.APPROVED
