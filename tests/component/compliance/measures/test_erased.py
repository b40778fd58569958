"""An erasure leaves no keyed hash in what measures stored, and no restriction of somebody else is lost with it."""

from typing import Any

from msgspec.structs import replace

from libs.person import Person, PersonalText
from libs.privacy.aliases import hashes
from libs.privacy.identity import name_hash
from libs.privacy.restriction import RESTRICTION_KINDS
from libs.privacy.sealing.store import SealedStore
from libs.store.codec import encode
from libs.store.port import ROWS_PER_EXPORT_BATCH, Kind, Query, create
from services.compliance.handling.usecases import CompleteRequest, complete_request
from services.compliance.requests.domain.states import RequestType
from services.compliance.service import COMPOSITION
from tests.builders import a_call
from tests.component.compliance.erasure import acts as erasures
from tests.component.compliance.harness import CARDS, KINDS, Card, Harness
from tests.component.compliance.measures.acts import ANNA, ME, rectify, restrict, searched
from tests.needles import forms

BERT = Person(person_id="psn_3", name="Bert Adler", email="bert@example.org", phone="+49301234567")
RIGHT, WRONG = Person(name="Anna Adler", email="anna.adler@example.org"), Person(name="Anna Kern", email=ANNA.email)


async def _stored(harness: Harness) -> dict[str, bytes]:
    """Every document of every service as the engine has it, by service and kind; without the ledgers."""
    found: dict[str, bytes] = {}
    envs: dict[str, Any] = {"compliance": harness.env, **{name: one.env for name, one in harness.holders.items()}}
    for service, env in envs.items():
        kinds: tuple[Kind[Any], ...] = COMPOSITION.kinds if service == "compliance" else KINDS
        assert isinstance(env.store, SealedStore)
        for kind in (*kinds, *RESTRICTION_KINDS):
            page = await env.store.inner.find(Query(kind=kind, limit=ROWS_PER_EXPORT_BATCH))
            found[f"{service} {kind.name}"] = b"".join(encode(one.value) for one in page.rows)
    return found


async def _measured(harness: Harness) -> None:
    for name in ("deals", "tickets"):
        await harness.holders[name].keep(Card(id="one", owner=ANNA, others=(BERT,)))
    wrong = await searched(harness, RequestType.RECTIFICATION, ME)
    await rectify(harness, wrong, RIGHT, WRONG)
    done = PersonalText(text="Corrected.")
    await harness.run(complete_request, CompleteRequest, id=wrong.id, done=done)
    restricted = await searched(harness, RequestType.RESTRICTION, ("EMAIL", "anna.adler@example.org"))
    await restrict(harness, restricted, known_as=("Anna Adler",))
    await harness.run(complete_request, CompleteRequest, id=restricted.id, done=done)


async def test_no_hash_of_an_erased_person_is_left(harness: Harness) -> None:
    await _measured(harness)
    keys = harness.env.keys
    mine = {one for who in (ANNA, RIGHT, WRONG) for one in hashes(keys, Person(email=who.email))}
    needles = tuple(forms({*mine, *(name_hash(keys, one) for one in ("Anna Kern", "Anna Adler"))}))

    async def found() -> set[str]:
        return {where for where, text in (await _stored(harness)).items() if any(one in text for one in needles)}

    assert "deals alias" in await found()
    assert not {"deals restriction", "compliance restriction"} & await found()  # they are encrypted
    env = harness.holders["deals"].env
    assert [one.known.named for one in await env.restrictions.active()] != [frozenset()]
    await erasures.erase(harness, await erasures.searched(harness, ME, ("EMAIL", "anna.adler@example.org")))
    assert await found() == set()
    [restriction] = await env.restrictions.active()
    assert (restriction.found_hashes, restriction.named_hashes, restriction.name_hashes) == ((), (), ())


async def test_what_is_left_of_the_person_stays_restricted(harness: Harness) -> None:
    await _measured(harness)
    env = harness.holders["deals"].env
    assert await env.restrictions.among(["psn_1"]) == {"psn_1"}
    await erasures.erase(harness, await erasures.searched(harness, ME, ("EMAIL", "anna.adler@example.org")))
    assert await env.restrictions.among(["psn_1"]) == {"psn_1"}


async def test_somebody_else_stays_recognised(harness: Harness) -> None:
    bert = replace(BERT, phone="")
    await harness.holders["deals"].keep(Card(id="one", owner=replace(ANNA, phone=""), others=(bert,)))
    asked = await harness.ask(("EMAIL", bert.email), type=RequestType.RESTRICTION, subject=Person(name=bert.name))
    await restrict(harness, await harness.search(asked))
    await erasures.erase(harness, await erasures.searched(harness, ME))
    env = harness.holders["deals"].env
    new = Card(id="new", owner=replace(bert, person_id="psn_9"))
    await env.commit(create(CARDS, new), call=a_call())
    assert await env.restrictions.among(["psn_9", "new"]) == {"psn_9", "new"}
