"""Two worlds that differ by what a rival does: what a partner is told in each, by everything that it may ask.

Answers, lists, counts, etags, errors and the number of rows that a read takes are noted.
"""

import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from msgspec.structs import replace

from libs.errors import AppError
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Kind, Page, Query, Store, Write
from services.deals.adjudication.consumers import CONSUMERS as CASES
from services.deals.campaigns.consumers import CONSUMERS as CAMPAIGNS
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.customers.consumers import CONSUMERS as FILING
from services.deals.customers.jobs import propose
from services.deals.customers.usecases import lists
from services.deals.matching import usecases as matching
from services.deals.matching.domain.judging import PairReason, PairVerdict
from services.deals.matching.reads.filing import file_entries
from services.deals.pipeline.consumers import CONSUMERS as PIPELINE
from services.deals.pursuit.consumers import CONSUMERS as PURSUITS
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION, SLICES
from tests.builders import a_call, a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL, a_customer
from tests.component.deals.leads.inquiries import Desk
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
# What is asked about each row of a list, by its field, and by which field of the question.
_FURTHER = {
    "customers": (("GetCustomerHistory", "customer_id"), ("ListCompetitorNotes", "customer_id")),
    "leads": (("GetLead", "id"),),
    "pool_leads": (),
    "memberships": (
        ("GetMembership", "id"),
        ("ListNextSteps", "membership_id"),
        ("ListPursuitActivities", "membership_id"),
    ),
    "participations": (("GetParticipation", "id"),),
    "adjudication_sides": (("GetAdjudicationSide", "id"),),
}


class Act(NamedTuple):
    """What somebody does with the customer of a number. mine: the partner, else the rival."""

    mine: bool
    what: str
    customer: int


class Counting:
    """A store that counts its reads, and the rows which it is asked for and returns."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = self.calls = 0

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        await self._store.ensure(kinds)

    async def get_many(self, kind: Kind[Any], ids: Sequence[str]) -> Mapping[str, Any]:
        self.rows += 1 + len(ids)
        self.calls += 1
        return await self._store.get_many(kind, ids)

    async def find(self, query: Query[Any]) -> Page[Any]:
        page = await self._store.find(query)
        self.rows += 1 + len(page.rows)
        self.calls += 1
        return page

    async def commit(self, writes: Sequence[Write]) -> None:
        await self._store.commit(writes)

    async def close(self) -> None:
        await self._store.close()


class World:
    """A cell with both partners, and what the first one has been told."""

    def __init__(self, store: Store, keys: Keys, *, rival: str) -> None:
        self.store = Counting(store)
        self.harness = Desk(self.store, keys)
        self.rival = rival
        self.told: list[str] = []
        self.known: dict[str, list[str]] = {}  # the ids of the rows of its last lists, by their field
        self.mine: list[str] = []
        self.theirs: list[str] = []
        self._named: dict[str, str] = {}
        apis = [found(self.harness.env) for name in SLICES if (found := _api(name))]
        self._methods = {name: getattr(api, name) for api in apis for name in vars(type(api)) if name[0].isupper()}

    async def begin(self) -> None:
        for partner in (PARTNER, RIVAL, OTHER_RIVAL):
            await self.harness.partner(partner)

    async def do(self, act: Act) -> None:
        """Do it, and let everything that follows happen."""
        await (self.do_mine(act) if act.mine else self.do_theirs(act))
        await self.settle()

    async def settle(self) -> None:
        """What was told reaches its consumers."""
        while self.harness.told:
            told, self.harness.told = self.harness.told, []
            for envelope in told:
                for consumer in (*CASES, *FILING, *PIPELINE, *CAMPAIGNS, *PURSUITS):
                    if consumer.takes(envelope.subject.split(".", 2)[2]):
                        await consumer.handle(self.harness.env, envelope, a_call())

    async def look(self) -> None:
        """Ask everything."""
        for name, asked in _questions(self.mine):
            answer = await self.ask(name, asked)
            for rows, further in _FURTHER.items():
                if hasattr(answer, rows):
                    self.known[rows] = [found.id for found in getattr(answer, rows)]
                    for id in self.known[rows]:
                        for name_of, field in further:
                            await self.ask(name_of, request(name_of, **{field: id}))

    async def ask(self, name: str, asked: Any) -> Any:
        """Ask, and note the answer and what it took; a change may take more where rivals are."""
        before, answer = self.store.rows, None
        try:
            answer = await self._methods[name](asked, a_call_of(PARTNER))
            said = str(answer)
        except AppError as err:
            said = f"{err.code} {err.reason} {err} {sorted(err.metadata.items())}"
        took = self.store.rows - before if name.startswith(("Get", "List", "Preview")) else 0
        self.told.append(f"{name} {asked} {said} {took}")
        return answer

    def transcript(self) -> list[str]:
        """What was told, with each id by the place of its first occurrence, and whether there was a page token."""

        def named(found: re.Match[str]) -> str:
            return self._named.setdefault(found[0], f"id {len(self._named)}")

        return [_ID.sub(named, _TOKEN.sub("next_page_token", one)) for one in self.told]

    async def do_mine(self, act: Act) -> None:
        last = self.mine[act.customer % len(self.mine)] if self.mine else an_id("reg", 9)
        match act.what:
            case "draft":
                made = await self.ask("CreateRegistration", _draft(act.customer))
                self.mine.append(made.registration.id)
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
                await self.ask(name, request(name, id=last))

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

    async def do_theirs(self, act: Act) -> None:
        harness, customer = self.harness, CUSTOMERS[act.customer]
        with suppress(AppError):  # whether the rival may is not what is asked here
            match act.what:
                case "nothing":
                    pass
                case "claim":
                    self.theirs.append((await harness.claimed(self.rival, customer=customer)).id)
                case "note":
                    await self._noted()
                case "housekeeping":
                    await file_entries(harness.env)
                    await propose(harness.env)
                case "judge":
                    await self._judged()
                case what if self.theirs:
                    await getattr(harness, what)(await self.their(act))

    async def their(self, act: Act) -> Registration:
        return await self.harness.value(REGISTRATIONS, self.theirs[act.customer % len(self.theirs)])

    async def _noted(self) -> None:
        """The rival writes a note on a competitor at each of its customers."""
        call = a_call_of(self.rival)
        page = await lists.list_customers(self.harness.env, lists.ListCustomers(call=call))
        for loaded in page.rows:
            cmd = lists.AddCompetitorNote(call=call, customer_id=loaded.value.id, competitor="Rival Corp")
            await lists.add_competitor_note(self.harness.env, cmd)

    async def _judged(self) -> None:
        """The vendor says of a claim of each that the customers are one."""
        if self.mine and self.theirs:
            await self.harness.run(
                matching.judge_pair,
                matching.JudgePair,
                registration_id=self.mine[-1],
                other_registration_id=self.theirs[-1],
                verdict=PairVerdict.SAME,
                reason=PairReason.OTHER_SPELLING,
            )


def _api(name: str) -> type | None:
    """The methods of a slice; None if it has none."""
    if importlib.util.find_spec(f"services.deals.{name}.api") is None:
        return None
    found: type = importlib.import_module(f"services.deals.{name}.api").Api
    return found


def request(name: str, **fields: Any) -> Any:
    """The request of a method."""
    return getattr(pb, f"{name}Request")(**fields)


def _draft(number: int) -> pb.CreateRegistrationRequest:
    one = CUSTOMERS[number]
    named = {field: getattr(one, field) for field in ("legal_name", "country", "domain", "phone")}
    line = pb.RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=1)
    return pb.CreateRegistrationRequest(partner_id=PARTNER, customer=pb.Customer(**named), lines=[line])


def _questions(claims: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Every read that a partner has, also about others and about what is not there."""
    for id in (*claims, an_id("reg", 9)):
        yield "GetRegistration", request("GetRegistration", id=id)
        for name in ("ListConflicts", "GetPipelineDeal", "GetProject", "ListProjectOrders", "PreviewApproval"):
            yield name, request(name, registration_id=id)
    listed: dict[str, Any] = {"page_size": 1, "include_total_size": True}
    yield "ListRegistrations", request("ListRegistrations", order_by="update_time desc", **listed)
    for customer in CUSTOMERS:
        for asked in ({"customer_name": customer.legal_name}, {"customer_domain": customer.domain}):
            for name in ("ListRegistrations", "ListCustomers"):
                yield name, request(name, **asked, **listed)
    for name in ("ListCustomers", "ListPipelineDeals", "ListSlippedDeals", "ListLeads", "ListAdjudicationSides"):
        yield name, request(name, include_total_size=True)
    for name in ("ListMemberships", "ListParticipations", "ListCreditShares", "ListPoolLeads", "GetLeadStatistics"):
        yield name, request(name)
    for name in ("GetWinRates", "GetForecast", "GetForecastAccuracy"):
        yield name, request(name)
    for rival in (RIVAL, OTHER_RIVAL, an_id("ptn", 9)):
        for name in ("ListRegistrations", "ListCustomers", "ListPipelineDeals", "GetForecast", "ListCreditShares"):
            yield name, request(name, partner_id=rival)


async def told(
    keys: Keys, acts: Sequence[Act], *, rival: str, late: timedelta = timedelta(), kind: type[World] = World
) -> list[str]:
    """What the partner is told in a world. late: by how much later the rival acts, where the partner waits as long."""
    with TemporaryDirectory() as directory:
        async with sealed(Path(directory), COMPOSITION.name, COMPOSITION.kinds, keys) as store:
            world = kind(store, keys, rival=rival)
            await world.begin()
            for act in acts:
                if not act.mine:
                    world.harness.clock.advance(late)
                await world.do(act)
                if not act.mine:
                    world.harness.clock.advance(timedelta(hours=1) - late)
            await world.look()
            return world.transcript()
