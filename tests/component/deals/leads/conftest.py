"""A harness whose partners may sell routers in Germany."""

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from tests.component.deals.harness import PARTNER, RIVAL
from tests.component.deals.leads.inquiries import Desk


@pytest.fixture
async def desk(store: Store, keys: Keys) -> Desk:
    made = Desk(store, keys)
    for number, one in enumerate((PARTNER, RIVAL), start=1):
        await made.partner(one)
        await made.territory(number, partner=one, exclusive=False)
    return made
