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
from tests.component.deals.harness import ACME, RIVAL, Harness

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")


async def test_protection_is_found_behind_any_number_of_other_matches(
    harness: Harness, store: Store, keys: Keys
) -> None:
    harness = Harness(store, keys, policy=Policy(claims_without_tier=300))
    protected = await harness.approved(RIVAL, customer=Customer(legal_name="Acme", country="DE", phone="030 901820"))
    for _ in range(CONFLICTS_LISTED):
        await harness.submit(await harness.draft())
    mine = await harness.claimed(customer=replace(ACME, phone="030 901820"))
    assert protected.id not in {one.registration_id for one in await harness.conflicts(mine)}
    with pytest.raises(CustomerProtected):
        await harness.approve(mine)


async def test_a_rival_blocks_until_its_protection_ends_and_only_on_the_same_products(harness: Harness) -> None:
    await harness.approved(RIVAL)
    assert (await harness.approved(lines=(SWITCHES,))).review is Review.APPROVED
    mine = await harness.claimed()
    with pytest.raises(CustomerProtected):
        await harness.approve(mine)
    harness.days(90)
    assert (await harness.approve(mine)).review is Review.APPROVED
