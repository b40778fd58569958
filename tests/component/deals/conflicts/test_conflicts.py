"""The rivals of a claim are listed with everything that speaks for them, page by page."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.privacy.keys import Keys
from libs.store.port import D, Kind, Loaded, Store
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.conflicts import usecases as conflicts
from services.deals.conflicts.domain.keys import MatchKey
from services.deals.conflicts.domain.matching import Conflict, MatchReason
from tests.component.deals.harness import PARTNER, RIVAL, ROUTERS, Harness, a_customer
from tests.store_faults import Wrapper

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")


def _violations(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in refused.value.violations]


async def test_rivals_come_with_everything_that_speaks_for_them_and_where_they_stand_now(harness: Harness) -> None:
    first = await harness.approved(RIVAL, lines=(ROUTERS, SWITCHES))
    harness.days(1)
    abroad = Customer(legal_name="ACME Ltd.", country="GB", domain="acme.de")
    second = await harness.submit(await harness.draft(customer=abroad))
    mine = await harness.submit(await harness.draft(lines=(SWITCHES,)))
    domain, name = MatchReason(MatchKey.DOMAIN, 85), MatchReason(MatchKey.NAME, 75)
    near = MatchReason(MatchKey.NEAR, 75)
    expected = Conflict(
        registration_id=first.id,
        partner_id=RIVAL,
        score=90,
        reasons=(domain, name),
        review=Review.APPROVED,
        earlier=True,
        same_partner=False,
        same_country=True,
        product_lines=("SWITCHES",),
        protected_until=first.protected_until,
    )
    of_own = Conflict(
        registration_id=second.id,
        partner_id=PARTNER,
        score=90,
        reasons=(domain, near),
        review=Review.SUBMITTED,
        earlier=True,
        same_partner=True,
        same_country=False,
        product_lines=(),
        protected_until=None,
    )
    found = await harness.conflicts(mine)
    assert tuple(replace(one, probability_basis_points=0, parts=()) for one in found) == (expected, of_own)
    assert [one.probability_basis_points > 9_200 and bool(one.parts) for one in found] == [False, True]
    await harness.withdraw(second)
    assert await harness.conflicts(mine) == (expected,)
    assert [one.earlier for one in await harness.conflicts(first)] == [False]


async def test_a_page_of_conflicts_belongs_to_its_claim(harness: Harness) -> None:
    claims = [await harness.submit(await harness.draft()) for _ in range(4)]
    one = claims[0].id
    ask: Any = conflicts.ListConflicts
    found, more = await harness.look(conflicts.list_conflicts, ask, registration_id=one, page_size=2)
    rest, end = await harness.look(conflicts.list_conflicts, ask, registration_id=one, page_size=2, page_token=more)
    assert ([len(found), len(rest)], end) == ([2, 1], "")
    assert {c.registration_id for c in (*found, *rest)} == {reg.id for reg in claims[1:]}
    for token in (more.replace(one, claims[1].id), f"{one}.-1", f"{one}.²", "nonsense"):
        with pytest.raises(InvalidInput) as refused:
            await harness.look(conflicts.list_conflicts, ask, registration_id=one, page_token=token)
        assert _violations(refused) == [("page_token", "FOREIGN_PAGE_TOKEN")]


class _Reads(Wrapper):
    """Counts calls that read claims."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.count = 0

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        self.count += kind is REGISTRATIONS
        return await self.inner.get_many(kind, ids)


async def test_an_approval_reads_its_rivals_at_once_however_many_they_are(
    harness: Harness, store: Store, keys: Keys
) -> None:
    reads = _Reads(store)
    counted = Harness(reads, keys, clock=harness.clock)
    took = []
    for number, rivals in enumerate((2, 12)):
        customer = a_customer(f"Customer {number}")
        for _ in range(rivals):
            await harness.submit(await harness.draft(RIVAL, customer=customer))
        mine = await harness.claimed(customer=customer)
        assert len(await harness.conflicts(mine)) == rivals
        reads.count = 0
        await counted.approve(mine)
        took.append(reads.count)
    assert took[0] == took[1]
