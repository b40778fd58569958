"""A hostile partner asks all that it may, in two worlds that differ by what a rival does with the same customers:
answers, lists, counts, etags, errors and the number of rows that a read takes are the same.

In the first pair of worlds the rival exists in one only, and the partner's own claims are not in earnest: it can take
them back. In the second pair it has claims in review, so it may know that there is a rival; there the rival differs in
who it is and when it came.
"""

import asyncio
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Kind, Page, Query, Store, Write
from services.deals.adjudication.consumers import CONSUMERS as CASES
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.customers.consumers import CONSUMERS as FILING
from services.deals.customers.jobs import propose
from services.deals.customers.usecases import lists
from services.deals.matching import usecases as matching
from services.deals.matching.domain.judging import PairReason, PairVerdict
from services.deals.matching.reads.filing import file_entries
from services.deals.pipeline.consumers import CONSUMERS as PIPELINE
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION, SLICES
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL, Harness, a_customer
from tests.component.replica import sealed

OTHER_RIVAL = an_id("ptn", 3)
_ID = re.compile(r"[a-z]{3}_local_[0-9a-z]{26}")
_TOKEN = re.compile(r'next_page_token: "[^"]+"')  # has the id of the last row of the page
# The same customer, another spelling, the same domain, another one, one of the same beginning.
CUSTOMERS = (
    ACME,
    replace(ACME, legal_name="ACME Gesellschaft mbH", domain="acme-pumpen.example", phone="+49 30 901820"),
    replace(ACME, legal_name="Akme", domain="www.acme.de"),
    a_customer("Somebody Else"),
    a_customer("Acme Nord"),
)


class Act(NamedTuple):
    """What somebody does with the customer of a number. mine: the partner, else the rival."""

    mine: bool
    what: str
    customer: int


MINE = ("draft", "submit", "recall", "update", "withdraw", "advance", "look")
THEIRS = ("claim", "approve", "convert", "withdraw", "note", "judge", "housekeeping")
ACTS = st.lists(
    st.builds(Act, mine=st.just(True), what=st.sampled_from(MINE), customer=st.integers(0, len(CUSTOMERS) - 1))
    | st.builds(Act, mine=st.just(False), what=st.sampled_from(THEIRS), customer=st.integers(0, len(CUSTOMERS) - 1)),
    min_size=6,
    max_size=14,
)


class Counting:
    """A store that counts the rows which it is asked for and returns."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = 0

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        await self._store.ensure(kinds)

    async def get_many(self, kind: Kind[Any], ids: Sequence[str]) -> Mapping[str, Any]:
        self.rows += 1 + len(ids)
        return await self._store.get_many(kind, ids)

    async def find(self, query: Query[Any]) -> Page[Any]:
        page = await self._store.find(query)
        self.rows += 1 + len(page.rows)
        return page

    async def commit(self, writes: Sequence[Write]) -> None:
        await self._store.commit(writes)

    async def close(self) -> None:
        await self._store.close()


class World:
    """A cell with both partners, and what the first one has been told."""

    def __init__(self, store: Store, keys: Keys, *, rival: str) -> None:
        self.store = Counting(store)
        self.harness = Harness(self.store, keys)
        self.rival = rival
        self.told: list[str] = []
        self._mine: list[str] = []
        self._theirs: list[str] = []
        self._named: dict[str, str] = {}
        apis = [found(self.harness.env) for name in SLICES if (found := _api(name))]
        self._methods = {name: getattr(api, name) for api in apis for name in vars(type(api)) if name[0].isupper()}

    async def begin(self) -> None:
        for partner in (PARTNER, RIVAL, OTHER_RIVAL):
            await self.harness.partner(partner)

    async def do(self, act: Act) -> None:
        """Do it, and let everything that follows happen."""
        await (self._do_mine(act) if act.mine else self._do_theirs(act))
        await self.settle()

    async def settle(self) -> None:
        """What was told reaches its consumers."""
        while self.harness.told:
            told, self.harness.told = self.harness.told, []
            for envelope in told:
                for consumer in (*CASES, *FILING, *PIPELINE):
                    if consumer.takes(envelope.subject.split(".", 2)[2]):
                        await consumer.handle(self.harness.env, envelope, a_call())

    async def look(self) -> None:
        """Ask everything."""
        for name, request in _questions(self._mine):
            answer = await self.ask(name, request)
            for found in getattr(answer, "customers", ()):
                for further in ("GetCustomerHistory", "ListCompetitorNotes"):
                    await self.ask(further, _request(further, customer_id=found.id))

    async def ask(self, name: str, request: Any) -> Any:
        """Ask, and note the answer and what it took; a change may take more where rivals are."""
        before, answer = self.store.rows, None
        try:
            answer = await self._methods[name](request, a_call_of(PARTNER))
            said = str(answer)
        except AppError as err:
            said = f"{err.code} {err.reason} {err} {sorted(err.metadata.items())}"
        took = self.store.rows - before if name.startswith(("Get", "List", "Preview")) else 0
        self.told.append(f"{name} {request} {said} {took}")
        return answer

    def transcript(self) -> list[str]:
        """What was told, with each id by the place of its first occurrence, and whether there was a page token."""

        def named(found: re.Match[str]) -> str:
            return self._named.setdefault(found[0], f"id {len(self._named)}")

        return [_ID.sub(named, _TOKEN.sub("next_page_token", one)) for one in self.told]

    async def _do_mine(self, act: Act) -> None:
        last = self._mine[act.customer % len(self._mine)] if self._mine else an_id("reg", 9)
        match act.what:
            case "draft":
                made = await self.ask("CreateRegistration", _draft(act.customer))
                self._mine.append(made.registration.id)
            case "update":
                changed = pb.UpdateRegistrationRequest(id=last, customer=_draft(act.customer).customer)
                changed.update_mask.paths.append("customer")
                await self.ask("UpdateRegistration", changed)
            case "advance":
                await self.ask("AdvanceStage", pb.AdvanceStageRequest(id=last, stage=pb.STAGE_QUALIFIED))
            case "look":
                await self.look()
            case "review" | "approve_mine" | "convert_mine":
                await self._decided(act.what, last)
            case what:
                name = f"{what.title()}Registration"
                await self.ask(name, _request(name, id=last))

    async def _decided(self, what: str, id: str) -> None:
        """The vendor decides about a claim of the partner, or the partner converts it; the answer is the vendor's."""
        with suppress(AppError):
            reg = await self.harness.value(REGISTRATIONS, id)
            match what:
                case "review":
                    await self.harness.run(decisions.start_review, decisions.StartReview, id=id)
                case "approve_mine":
                    await self.harness.approve(reg)
                case _:
                    await self.harness.convert(reg)

    async def _do_theirs(self, act: Act) -> None:
        harness, customer = self.harness, CUSTOMERS[act.customer]
        with suppress(AppError):  # whether the rival may is not what is asked here
            match act.what:
                case "nothing":
                    pass
                case "claim":
                    self._theirs.append((await harness.claimed(self.rival, customer=customer)).id)
                case "note":
                    await self._noted()
                case "housekeeping":
                    await file_entries(harness.env)
                    await propose(harness.env)
                case "judge":
                    await self._judged()
                case what if self._theirs:
                    await getattr(harness, what)(await self._their(act))

    async def _their(self, act: Act) -> Registration:
        return await self.harness.value(REGISTRATIONS, self._theirs[act.customer % len(self._theirs)])

    async def _noted(self) -> None:
        """The rival writes a note on a competitor at each of its customers."""
        call = a_call_of(self.rival)
        page = await lists.list_customers(self.harness.env, lists.ListCustomers(call=call))
        for loaded in page.rows:
            cmd = lists.AddCompetitorNote(call=call, customer_id=loaded.value.id, competitor="Rival Corp")
            await lists.add_competitor_note(self.harness.env, cmd)

    async def _judged(self) -> None:
        """The vendor says of a claim of each that the customers are one."""
        if self._mine and self._theirs:
            await self.harness.run(
                matching.judge_pair,
                matching.JudgePair,
                registration_id=self._mine[-1],
                other_registration_id=self._theirs[-1],
                verdict=PairVerdict.SAME,
                reason=PairReason.OTHER_SPELLING,
            )


def _api(name: str) -> type | None:
    """The methods of a slice; None if it has none."""
    if importlib.util.find_spec(f"services.deals.{name}.api") is None:
        return None
    found: type = importlib.import_module(f"services.deals.{name}.api").Api
    return found


def _request(name: str, **fields: Any) -> Any:
    return getattr(pb, f"{name}Request")(**fields)


def _draft(number: int) -> pb.CreateRegistrationRequest:
    one = CUSTOMERS[number]
    named = {field: getattr(one, field) for field in ("legal_name", "country", "domain", "phone")}
    line = pb.RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=1)
    return pb.CreateRegistrationRequest(partner_id=PARTNER, customer=pb.Customer(**named), lines=[line])


def _questions(claims: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Every read that a partner has, also about others and about what is not there."""
    for id in (*claims, an_id("reg", 9)):
        yield "GetRegistration", _request("GetRegistration", id=id)
        for name in ("ListConflicts", "GetPipelineDeal", "GetProject", "ListProjectOrders", "PreviewApproval"):
            yield name, _request(name, registration_id=id)
    listed: dict[str, Any] = {"page_size": 1, "include_total_size": True}
    yield "ListRegistrations", _request("ListRegistrations", order_by="update_time desc", **listed)
    for customer in CUSTOMERS:
        for asked in ({"customer_name": customer.legal_name}, {"customer_domain": customer.domain}):
            for name in ("ListRegistrations", "ListCustomers"):
                yield name, _request(name, **asked, **listed)
    for name in ("ListCustomers", "ListPipelineDeals", "ListSlippedDeals", "ListLeads", "ListAdjudicationSides"):
        yield name, _request(name, include_total_size=True)
    for name in ("ListMemberships", "ListParticipations", "ListCreditShares", "ListPoolLeads", "GetLeadStatistics"):
        yield name, _request(name)
    for name in ("GetWinRates", "GetForecast", "GetForecastAccuracy"):
        yield name, _request(name)
    for rival in (RIVAL, OTHER_RIVAL, an_id("ptn", 9)):
        for name in ("ListRegistrations", "ListCustomers", "ListPipelineDeals", "GetForecast", "ListCreditShares"):
            yield name, _request(name, partner_id=rival)


async def _told(keys: Keys, acts: Sequence[Act], *, rival: str, late: timedelta = timedelta()) -> list[str]:
    """What the partner is told in a world. late: by how much later the rival acts, where the partner waits as long."""
    with TemporaryDirectory() as directory:
        async with sealed(Path(directory), COMPOSITION.name, COMPOSITION.kinds, keys) as store:
            world = World(store, keys, rival=rival)
            await world.begin()
            for act in acts:
                if not act.mine:
                    world.harness.clock.advance(late)
                await world.do(act)
                if not act.mine:
                    world.harness.clock.advance(timedelta(hours=1) - late)
            await world.look()
            return world.transcript()


@settings(max_examples=25, deadline=None)
@given(ACTS)
def test_a_partner_cannot_tell_whether_there_is_a_rival_before_its_claim_is_in_review(
    keys: Keys, acts: list[Act]
) -> None:
    alone = [act if act.mine else act._replace(what="nothing") for act in acts]
    with_rival, without = [asyncio.run(_told(keys, some, rival=RIVAL)) for some in (acts, alone)]
    assert with_rival == without


IN_REVIEW = st.lists(
    st.builds(
        Act,
        mine=st.just(True),
        what=st.sampled_from(
            ("draft", "submit", "review", "approve_mine", "withdraw", "advance", "look", "convert_mine")
        ),
        customer=st.integers(0, len(CUSTOMERS) - 1),
    )
    | st.builds(Act, mine=st.just(False), what=st.sampled_from(THEIRS), customer=st.integers(0, len(CUSTOMERS) - 1)),
    min_size=6,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(IN_REVIEW)
def test_a_partner_in_review_cannot_tell_which_rival_there_is_and_when_it_came(keys: Keys, acts: list[Act]) -> None:
    later = timedelta(minutes=31)
    one, other = [
        asyncio.run(_told(keys, acts, rival=rival, late=late))
        for rival, late in ((RIVAL, timedelta()), (OTHER_RIVAL, later))
    ]
    assert one == other
