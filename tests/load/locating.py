"""The row about finding a person: a service's answer to a request in a store of many persons and in one of few, in
turns."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import chain, islice, repeat
from pathlib import Path

from libs.call import SYSTEM, Call
from libs.clock import SystemClock, monotonic
from libs.env import Env
from libs.ids import Ids
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.messaging.outbox import no_relay
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, alias_rows, sought
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.renewal import renew_aliases
from libs.privacy.sealing.store import SealedStore
from libs.privacy.unsought import unsought
from libs.privacy.vault.vault import Vault
from libs.store.port import Write, create
from libs.store.sqlite import SqliteStore
from libs.subject_data import LocateSubject, SubjectAnswer, SubjectAsked, locate_subject
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.service import COMPOSITION
from tests.component.replica import Shelf
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.report import Row, row

FEW, MANY, MANY_IN_FULL = 1_000, 20_000, 1_000_000
NAMED = 20  # registrations that name the person who asks
ANSWERS_PER_SLICE = 20
DOCUMENTS_PER_COMMIT = 200
SUBJECT = Person(person_id="psn_local_subject", name="Head of Purchasing", email="purchasing@example.org")
_AT = datetime(2026, 1, 2, tzinfo=UTC)
_CALL = Call(caller=SYSTEM, method="bench")


async def locating_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """How much longer an answer takes among many persons, each in a registration of their own."""
    many = pace.rows or (MANY_IN_FULL if pace.full else MANY)
    async with AsyncExitStack() as stack:
        sides = []
        for persons in (FEW, many):
            env = await stack.enter_async_context(holding(folder / str(persons)))
            await fill(env, strangers=persons, named=NAMED)
            sides.append(env)
        took = [[await _seconds(env) for env in sides] for _ in range(pace.pairs + 1)][1:]
    few, lots = (sorted(one)[len(took) // 2] * 1000 / ANSWERS_PER_SLICE for one in zip(*took, strict=True))
    ratios = [late / early for early, late in took]
    notes = f"an answer of {NAMED} rows: {few:.2f} ms among {FEW:,} persons, {lots:.2f} ms among {many:,}"
    measure = f"locate by alias among {many:,} persons over {FEW:,}"
    yield row(measure, ratios, must=1.5, aim=1.1, most=True, unit="x", notes=notes)


@asynccontextmanager
async def holding(folder: Path) -> AsyncIterator[Env[None]]:
    """A deals service with an empty encrypted store, without broker and callers."""
    create_keys(folder / "keys", ["deals"])
    keys, clock = open_keys(folder / "keys").of("deals"), SystemClock()
    vault = await Vault.open(
        await SqliteStore.open(folder / "keys.db"),
        keys.open_wrapping,
        service="deals",
        ids=Ids("local", clock),
        clock=clock,
    )
    ledger = await Ledger.open(await SqliteStore.open(folder / "ledger.db"), keys, "deals")
    store = SealedStore(
        await SqliteStore.open(folder / "store.db"), vault, "deals", clock, ledger=ledger, time_zone="UTC"
    )
    await store.ensure((*COMPOSITION.kinds, *OUTBOX_KINDS))
    await renew_aliases(store, keys, (REGISTRATIONS,), clock.now())  # else each of the first answers walks 2,000 rows
    yield Env(
        "deals",
        store=store,
        directory=HERE,
        clock=clock,
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=keys,
        objects=Shelf(),
        settings=None,
    )
    await store.close()


async def fill(env: Env[None], *, strangers: int, named: int) -> None:
    """Store registrations that name one person each: somebody else, or the person who asks."""
    somebody = (Person(person_id=f"psn_local_{one}", email=f"person.{one}@example.org") for one in range(strangers))
    persons = chain(somebody, repeat(SUBJECT, named))
    while some := list(islice(persons, DOCUMENTS_PER_COMMIT)):
        await env.store.commit([write for one in some for write in _writes(env.ids, env.keys, one)])


async def locate(env: Env[None]) -> SubjectAnswer:
    """The answer of the service to a new request of the person."""
    asked = SubjectAsked(
        case_id=env.ids.new("req"), round=1, alias_hashes=tuple(sorted(sought(env.keys, SUBJECT, "DE")))
    )
    command = LocateSubject(call=_CALL, asked=asked, kinds=(REGISTRATIONS,), unsought=unsought("deals", REGISTRATIONS))
    return await env.run(locate_subject, command)


async def _seconds(env: Env[None]) -> float:
    begun = monotonic()
    for _ in range(ANSWERS_PER_SLICE):
        answer = await locate(env)
        assert [one.rows for one in answer.located.counts] == [NAMED]
    return monotonic() - begun


def _writes(ids: Ids, keys: Keys, person: Person) -> Iterator[Write]:
    registration = Registration(
        id=ids.new("reg"),
        partner_id=f"ptn_local_{'0' * 26}",
        customer=Customer(legal_name=f"Customer of {person.person_id}", country="DE"),
        customer_contact=person,
        description=PersonalText(text="Promised for the spring."),
        lines=(RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2),),
        create_time=_AT,
        update_time=_AT,
    )
    yield create(REGISTRATIONS, registration)
    for alias in alias_rows(keys, REGISTRATIONS, registration.id, (person,)).values():
        yield create(ALIASES, alias)
