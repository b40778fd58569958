"""The rows about campaigns and cases: the result of a campaign with ten thousand touches, the count that the job makes
of them, and a case of ten claims, over a read of one campaign by id."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from time import process_time

from msgspec.structs import replace

from libs.env import Env
from libs.money import Money
from libs.privacy.keys import create_keys, open_keys
from libs.store.port import Write, create
from libs.store.sqlite import SqliteStore
from services.deals.adjudication.documents import ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain.cases import Adjudication, AdjudicationParty
from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.domain.sides import AdjudicationFact, AdjudicationFactKind, AdjudicationSide
from services.deals.adjudication.usecases import cases
from services.deals.campaigns.documents import CAMPAIGNS, TALLIES, TOUCHES
from services.deals.campaigns.domain.campaign import Campaign, Touch
from services.deals.campaigns.domain.states import CampaignKind
from services.deals.campaigns.domain.tallies import CampaignTally
from services.deals.campaigns.jobs import tally
from services.deals.campaigns.usecases import measuring, planning
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import Review
from services.deals.customers.documents import ENTRIES
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from services.deals.settings import Settings
from tests.builders import a_call, an_id
from tests.load.flows import HERE
from tests.load.leads import PER_COMMIT, deals_env
from tests.load.pairs import Pace
from tests.load.report import Row, row
from tests.unit.deals.registrations import a_registration

TOUCHES_STORED, EVERY_ORDERED = 10_000, 5
SIDES, ACTIVITIES = 10, 50
ROUNDS, READS = 7, 200


async def campaign_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Every touch is on a claim of its own, and every fifth claim has an order: as much is read as can be."""
    create_keys(folder / "keys", ["deals"])
    store = await SqliteStore.open(folder / "campaigns.db")
    env = await deals_env(store, HERE, open_keys(folder / "keys").of("deals"))
    campaign, case = await _fill(env)
    asked = measuring.GetCampaignResult(call=a_call(), campaign_id=campaign)
    assert await tally(env) == 1
    found = await measuring.get_campaign_result(env, asked)
    assert (found.claim_count, found.more) == (measuring.TOUCHES_COUNTED, True)

    async def read() -> object:
        return await planning.get_campaign(env, planning.GetCampaign(call=a_call(), id=campaign))

    async def result() -> object:
        return await measuring.get_campaign_result(env, asked)

    async def counting() -> object:
        return await measuring.measured(env, CampaignTally(id=campaign))

    async def of_case() -> object:
        return await cases.get_adjudication(env, cases.GetAdjudication(call=a_call(), id=case))

    for name, act, most, aim in (
        ("campaign result with 10,000 touches", result, 60, 30),
        ("count of a campaign with 10,000 touches", counting, 9_000, 5_000),
        ("case of 10 claims with its proposal", of_case, 100, 40),
    ):
        ratios, spent = [], []
        for _ in range(ROUNDS):
            one = await _micros(read, READS)
            spent.append(await _micros(act, 1 if act is counting else READS))
            ratios.append(spent[-1] / one)
        notes = f"{sorted(spent)[ROUNDS // 2] / 1_000:.2f} ms of processor a call; without a network"
        yield row(name, ratios, must=most, aim=aim, most=True, unit="x", notes=notes)
    await store.close()


async def _micros(act: Callable[[], Awaitable[object]], times: int) -> float:
    """Microseconds of processor of one call."""
    before = process_time()
    for _ in range(times):
        await act()
    return (process_time() - before) / times * 1e6


async def _fill(env: Env[Settings]) -> tuple[str, str]:
    """The campaign, and the case."""
    now, day = env.clock.now(), env.today()
    campaign = Campaign(
        id=env.ids.new("cmp"),
        kind=CampaignKind.FAIR,
        name="Messe",
        first_day=day,
        last_day=day,
        actual_cost=Money.of(10_000, "EUR"),
        create_time=now,
        update_time=now,
    )
    writes: list[Write] = [create(CAMPAIGNS, campaign), create(TALLIES, CampaignTally(id=campaign.id))]
    for place in range(TOUCHES_STORED):
        reg = replace(a_registration(Review.CONVERTED), id=an_id("reg", place))
        writes.append(create(REGISTRATIONS, reg))
        touch = Touch(id=an_id("tch", place), campaign_id=campaign.id, registration_id=reg.id, day=day, create_time=now)
        writes.append(create(TOUCHES, touch))
        if place % EVERY_ORDERED == 0:
            writes.append(create(ENTRIES, _order(place, reg.id, day + timedelta(days=1))))
    case, sides = _case(env)
    writes += [create(ADJUDICATIONS, case), *(create(ADJUDICATION_SIDES, one) for one in sides)]
    for start in range(0, len(writes), PER_COMMIT):
        await env.store.commit(writes[start : start + PER_COMMIT])
    return campaign.id, case.id


def _order(place: int, claim: str, day: date) -> CustomerEntry:
    return CustomerEntry(
        id=an_id("ord", place),
        type=DocumentType.ORDER,
        parent_id=claim,
        state="CONFIRMED",
        won_day=day,
        amount=Money.of(100, "EUR"),
    )


def _case(env: Env[Settings]) -> tuple[Adjudication, list[AdjudicationSide]]:
    """A case whose claims differ by the last criterion alone."""
    now, id = env.clock.now(), env.ids.new("adj")
    sides = [
        AdjudicationSide(
            id=env.ids.new("ads"),
            adjudication_id=id,
            registration_id=an_id("reg", place),
            partner_id=an_id("ptn", place),
            open_registration_id=an_id("reg", place),
            facts=tuple(
                AdjudicationFact(kind=AdjudicationFactKind.ACTIVITY, quantity=number + 1, record_time=now)
                for number in range(ACTIVITIES)
            ),
            create_time=now,
            update_time=now,
        )
        for place in range(SIDES)
    ]
    case = Adjudication(
        id=id,
        country="DE",
        parties=tuple(AdjudicationParty(registration_id=one.registration_id, side_id=one.id) for one in sides),
        criteria=tuple(AdjudicationCriterion),
        create_time=now,
        update_time=now,
    )
    return case, sides
