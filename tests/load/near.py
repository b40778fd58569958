"""The rows about near matches: what a submission costs among many open claims and among a thousand, in one process
without a network, and how long a pair takes to compare."""

import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from libs.matching import Prepared, trained
from libs.matching.vocabulary import vocabulary
from libs.privacy.keys import create_keys, open_keys
from libs.store.port import WRITES_PER_COMMIT, Store, Write, create
from services.__main__ import SERVICES
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.claims.domain.states import Review
from services.deals.matching.documents import ENTRIES, POSTINGS
from services.deals.matching.domain.comparing import ComparedCustomer, compared, prepared
from services.deals.matching.domain.index import (
    CLAIMS_PER_TERM,
    Filing,
    NearEntry,
    Posting,
    ref_of,
    terms_of,
)
from services.deals.matching.reads.filing import as_written, file_entries, hashed
from services.deals.service import COMPOSITION
from services.deals.settings import Env, Policy
from tests.builders import NOW
from tests.component.deals.harness import PARTNER, Harness
from tests.component.replica import sealed
from tests.load.pairs import Pace
from tests.load.report import Row, row

FEW, MANY, MANY_IN_FULL = 1_000, 50_000, 1_000_000
SUBMITTED = 50  # in a slice
_SYLLABLES = [one + two for one in "bdfghklmnprstvw" for two in ("a", "e", "i", "o", "u", "er", "an", "el", "in", "or")]
_ROUTERS = (RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2),)


async def near_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """The processor time of a submission, with its share of the filing, and of a comparison."""
    many = pace.rows or (MANY_IN_FULL if pace.full else MANY)
    create_keys(folder / "keys", SERVICES)
    keys = open_keys(folder / "keys").of("deals")
    spent: dict[int, list[float]] = {}
    for claims in (FEW, many):
        place = folder / str(claims)
        place.mkdir(parents=True)
        async with sealed(place, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
            harness = Harness(store, keys, policy=Policy(claims_without_tier=1_000_000))
            await harness.partner()
            await _fill(harness.env, store, claims)
            spent[claims] = [await _submissions(harness, random.Random(n)) for n in range(pace.pairs)]
    ratios = [much / few for much, few in zip(spent[many], spent[FEW], strict=True)]
    said = ", ".join(f"{claims:,}: {min(times) * 1_000:.1f} ms" for claims, times in spent.items())
    yield row(
        f"submission, {many:,} open claims over {FEW:,}", ratios, must=3.0, aim=1.5, most=True, unit="x", notes=said
    )
    times = [one * 1_000 for one in spent[many]]
    yield row(f"submission, {many:,} open claims, processor", times, must=40, aim=10, most=True, unit="ms", notes=said)
    rates = [1 / one for one in spent[many]]
    yield row(
        f"submissions a second on one core, {many:,} open claims", rates, must=25, aim=100, unit="a second", notes=said
    )
    model = trained()
    for what, compare, must in (("probability", model.probability, 12), ("explanation", model.score, 50)):
        pairs = [_comparison(random.Random(n), compare) for n in range(pace.pairs)]
        yield row(f"comparison of a pair, {what}, processor", pairs, must=must, aim=12, most=True, unit="us")


def a_name(draw: random.Random) -> str:
    """A name with a rare word, one that many have, and a legal form."""
    rare = "".join(draw.choice(_SYLLABLES) for _ in range(draw.randint(2, 4)))
    words = list(vocabulary().weights)
    return f"{rare.title()} {words[min(int(draw.paretovariate(0.7)), len(words) - 1)]} GmbH"


async def _submissions(harness: Harness, draw: random.Random) -> float:
    """The processor time of a submission, the filing of what it left included."""
    spent = 0.0
    for _ in range(SUBMITTED):
        name = a_name(draw)
        customer = Customer(legal_name=name, country="DE", domain=f"{name.split()[0].lower()}{draw.random()}.example")
        reg = await harness.draft(PARTNER, customer=customer)
        started = time.process_time()
        await harness.submit(reg)
        spent += time.process_time() - started
    started = time.process_time()
    await file_entries(harness.env)
    return (spent + time.process_time() - started) / SUBMITTED


def _comparison(draw: random.Random, compare: Callable[[Prepared, Prepared], object]) -> float:
    rounds = 2_000
    some = [prepared(ComparedCustomer(names=(a_name(draw),), country="DE")) for _ in range(100)]
    started = time.process_time()
    for n in range(rounds):
        compare(some[n % 100], some[(n * 7 + 1) % 100])
    return (time.process_time() - started) / rounds * 1e6


async def _fill(env: Env, store: Store, claims: int) -> None:
    """Open claims, entered and filed as the service does."""
    draw, postings = random.Random(claims), defaultdict[str, list[str]](list)
    waiting: list[Write] = []
    for _ in range(claims):
        reg, entry = _claim(env, a_name(draw))
        for refs in (postings[term] for term in entry.terms):
            if len(refs) <= CLAIMS_PER_TERM:
                refs.append(entry.id)
        waiting += [create(REGISTRATIONS, reg), create(ENTRIES, entry)]
        if len(waiting) >= WRITES_PER_COMMIT // 2:
            await store.commit(waiting)
            waiting = []
    waiting += [create(POSTINGS, one) for one in _postings(postings)]
    for start in range(0, len(waiting), WRITES_PER_COMMIT // 2):
        await store.commit(waiting[start : start + WRITES_PER_COMMIT // 2])


def _postings(found: dict[str, list[str]]) -> Iterator[Posting]:
    for term, refs in found.items():
        stopped = len(refs) > CLAIMS_PER_TERM
        yield Posting(id=term, refs="" if stopped else "".join(refs), unlisted=len(refs) if stopped else 0)


def _claim(env: Env, name: str) -> tuple[Registration, NearEntry]:
    customer = Customer(legal_name=name, country="DE")
    reg = Registration(
        id=env.ids.new("reg"),
        partner_id=PARTNER,
        customer=customer,
        lines=_ROUTERS,
        review=Review.SUBMITTED,
        create_time=NOW,
        update_time=NOW,
    )
    one, hash_of = compared(customer), hashed(env)
    key = as_written(env, one)
    terms = tuple(hash_of(term) for term in terms_of(prepared(one), key))
    entry = NearEntry(
        id=ref_of(reg.id),
        registration_id=reg.id,
        customer=one,
        key=key,
        terms=terms,
        filed=terms,
        state=Filing.FILED,
    )
    return reg, entry
