"""Whatever claims, orders, merges and undos happen: nothing of a history is lost or doubled, each undo restores both
sides, and each customer was new exactly once; against a model that keeps sets."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.privacy.keys import Keys
from services.deals.claims.domain.registration import Registration
from services.deals.customers.domain.merging import CustomerMergedAlready, CustomerNotMerged
from services.deals.customers.usecases import merging
from services.deals.service import COMPOSITION
from tests.builders import an_id
from tests.component.deals.customers.telling import confirmed, deliver, history, listed, settle, told
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer
from tests.component.replica import sealed

NAMES = ("Aa", "Bb", "Cc", "Dd")
FIRST = date(2026, 1, 1)


class Act(NamedTuple):
    """What happens: a claim on the company `one`, an order on the claim number `two`, a merge of the company `one` into
    `two`, or its undo. second: whose it is, or in which direction."""

    what: str
    one: int
    two: int
    day: int


ACTS = st.lists(
    st.builds(
        Act,
        what=st.sampled_from(("claim", "claim", "order", "merge", "merge", "undo")),
        one=st.integers(0, len(NAMES) - 1),
        two=st.integers(0, len(NAMES) - 1),
        day=st.integers(0, 30),
    ),
    min_size=4,
    max_size=14,
)


class Model:
    """The same in sets. documents: by company. into: the company into which one was merged. wins: day, document and
    claim, by company."""

    def __init__(self) -> None:
        self.documents: dict[str, set[str]] = {}
        self.into: dict[str, str] = {}
        self.wins: dict[str, set[tuple[date, str, str]]] = {}

    def below(self, name: str) -> set[str]:
        """The company and all that were merged into it."""
        found = {name}
        for other, into in self.into.items():
            if into == name:
                found |= self.below(other)
        return found

    def roots(self) -> set[str]:
        return self.documents.keys() - self.into.keys()

    def history(self, name: str) -> set[str]:
        return set[str]().union(*(self.documents[one] for one in self.below(name)))

    def new(self) -> set[tuple[date, str]]:
        """Day and claim of the first win of each root."""
        wins = [sorted(win for one in self.below(root) for win in self.wins.get(one, ())) for root in self.roots()]
        return {(found[0][0], found[0][2]) for found in wins if found}


class Played:
    """The service beside the model."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.model = Model()
        self.claims: list[tuple[str, Registration]] = []
        self.ids: dict[str, str] = {}
        self.new: set[tuple[date, str]] = set()
        self._orders = 0

    async def play(self, act: Act) -> None:
        await getattr(self, f"_{act.what}")(act)
        self._hear()
        if act.what != "order":
            await self._check()

    async def _claim(self, act: Act) -> None:
        name = NAMES[act.one]
        partner = (PARTNER, RIVAL)[act.two % 2]
        reg = await self.harness.submit(await self.harness.draft(partner, customer=a_customer(name)))
        await settle(self.harness)
        self.claims.append((name, reg))
        self.model.documents.setdefault(name, set()).add(reg.id)
        if name not in self.ids:
            found = await listed(self.harness, customer_domain=a_customer(name).domain)
            self.ids[name] = found[0].id

    async def _order(self, act: Act) -> None:
        if act.two >= len(self.claims) or self._orders > 8:
            return
        self._orders += 1
        name, reg = self.claims[act.two]
        day = FIRST + timedelta(days=act.day)
        await deliver(self.harness, confirmed(reg.id, day, self._orders, partner=reg.partner_id))
        order = an_id("ord", self._orders)
        self.model.documents[name].add(order)
        self.model.wins.setdefault(name, set()).add((day, order, reg.id))

    async def _merge(self, act: Act) -> None:
        one, two = NAMES[act.one], NAMES[act.two]
        if one == two or not {one, two} <= self.ids.keys():
            return
        refused = await self._asked(merging.merge_customers, merging.MergeCustomers, one, into_id=self.ids[two])
        allowed = {one, two} <= self.model.roots()
        again = self.model.into.get(one) == two
        assert (refused is None) == (allowed or again)
        assert refused is None or isinstance(refused, CustomerMergedAlready)
        if allowed:
            self.model.into[one] = two

    async def _undo(self, act: Act) -> None:
        one = NAMES[act.one]
        if one not in self.ids:
            return
        refused = await self._asked(merging.undo_merge, merging.UndoMerge, one)
        assert (refused is None) == (one in self.model.into)
        assert refused is None or isinstance(refused, CustomerNotMerged)
        self.model.into.pop(one, None)

    async def _asked(self, use_case: object, command: type, name: str, **fields: str) -> AppError | None:
        try:
            await self.harness.run(use_case, command, id=self.ids[name], **fields)  # type: ignore[arg-type]  # pairs
        except AppError as err:
            return err
        return None

    def _hear(self) -> None:
        """What the events say of new customers, as the facts of partners understand them."""
        for name, body in told(self.harness):
            if name in ("CustomerWon", "CustomerWinWithdrawn"):
                self.new = {one for one in self.new if one[1] != body.registration_id}
            if name == "CustomerWon":
                on = date(body.won_date.year, body.won_date.month, body.won_date.day)
                self.new.add((on, body.registration_id))

    async def _check(self) -> None:
        roots = {row.id for row in await listed(self.harness)}
        assert roots == {self.ids[one] for one in self.model.roots()}
        for name, id in self.ids.items():
            found = await history(self.harness, id, page_size=3)
            assert len(found) == len(set(found))
            assert set(found) == self.model.history(name)
        assert self.new == self.model.new()


@settings(max_examples=10, deadline=None)
@given(ACTS)
def test_histories_and_new_customers_are_those_of_the_model(keys: Keys, acts: list[Act]) -> None:
    async def played() -> None:
        with TemporaryDirectory() as folder:
            async with sealed(Path(folder), COMPOSITION.name, COMPOSITION.kinds, keys) as store:
                harness = Harness(store, keys)
                await harness.partner()
                await harness.partner(RIVAL)
                both = Played(harness)
                for act in acts:
                    await both.play(act)

    asyncio.run(played())
