"""The trail is one chain, whoever writes it, however often it is interrupted, and its proofs hold."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from libs.audit.findings import Wrong
from libs.audit.statements import Purpose, canonical
from libs.audit.tree import leaf_hash, verify_consistency, verify_inclusion
from libs.errors import InvalidInput, NotFound
from libs.messaging.inbox import AlreadySeen
from libs.privacy.keys import Keys
from libs.store.port import D, Kind, Loaded, Query, Store
from services.compliance.service import COMPOSITION
from services.compliance.settings import Signing
from services.compliance.trail.documents import AUDIT, CHECKPOINTS, TILES
from services.compliance.trail.domain.chain import NotInTree, NotSigned
from services.compliance.trail.domain.entries import AuditEntry, AuditOutcome
from services.compliance.trail.reads import content, statement_of
from services.compliance.trail.usecases.proofs import (
    GetCheckpoint,
    GetConsistencyProof,
    GetInclusionProof,
    get_checkpoint,
    get_consistency_proof,
    get_inclusion_proof,
)
from tests.builders import NOW, an_id
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import opened
from tests.store_faults import Wrapper
from tests.unit.libs.audit import naive


class Meanwhile(Wrapper):
    """A store in which somebody else does something just before a row of a kind is read."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.done = False

    def before(self, kind: Kind[Any], act: Callable[[], Awaitable[object]]) -> None:
        self._kind, self._act = kind, act

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        if not self.done and kind is self._kind:
            self.done = True
            await self._act()
        return await self.inner.get_many(kind, ids)


@pytest.fixture
async def chained(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path, COMPOSITION.kinds) as found:
        yield found


@pytest.fixture
def trail(chained: Store, keys: Keys) -> Trail:
    return Trail(chained, keys)


async def test_an_entry_waits_without_a_place_until_it_is_chained(trail: Trail) -> None:
    event = trail.an_event()
    await trail.hear(event)
    (waiting,) = (await trail.env.store.find(Query(kind=AUDIT, order="time"))).rows
    assert waiting.value == AuditEntry(
        id=waiting.value.id,
        version=1,
        time=NOW,
        actor="dev:somebody",
        method=event.method,
        outcome=AuditOutcome.SUCCEEDED,
        service="deals",
        resource_id=event.about,
        resource_version=2,
        event_type=event.type,
        event_id=event.id,
        caused_by_request_id="r-1",
        create_time=NOW,
        commitment=hashlib.sha256(waiting.value.salt.encode() + event.body).hexdigest(),
        salt=waiting.value.salt,
        roles=("partner_admin",),
        partner_id=an_id("ptn"),
        on_behalf_of="dev:somebody_else",
        changed_fields=("review", "decision_note"),
    )
    assert await trail.extend() == 1
    (entry,) = await trail.entries()
    hashed = leaf_hash(canonical(content(waiting.value))).hex()
    assert entry == replace(waiting.value, version=2, leaf_index=0, leaf_hash=hashed)
    assert set(content(entry)) == set(entry.__struct_fields__) - {"version", "salt", "leaf_index", "leaf_hash"}


async def test_entries_are_chained_in_one_order_and_give_the_root_that_is_signed(trail: Trail) -> None:
    await asyncio.gather(*(trail.hear(trail.an_event()) for _ in range(200)))
    assert await trail.extend() == 200
    entries = await trail.entries()
    assert [entry.leaf_index for entry in entries] == list(range(200))
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)
    leaves = [leaf_hash(canonical(content(entry))) for entry in entries]
    assert [entry.leaf_hash for entry in entries] == [leaf.hex() for leaf in leaves]
    checkpoint = await trail.look(get_checkpoint, GetCheckpoint)
    assert checkpoint.root_hash == naive.root(leaves[: checkpoint.tree_size]).hex()


async def test_an_event_that_comes_twice_is_in_the_chain_once(trail: Trail) -> None:
    event = trail.an_event()
    await trail.hear(event)
    assert await trail.extend() == 1
    with pytest.raises(AlreadySeen):
        await trail.hear(event)
    assert await trail.extend() == 0
    assert len(await trail.entries()) == 1


async def test_two_that_chain_at_once_make_one_chain(chained: Store, trail: Trail, keys: Keys) -> None:
    other = Trail(chained, keys, clock=trail.clock)
    for _ in range(6):
        await asyncio.gather(trail.hear_some(40), other.hear_some(40), trail.extend(), other.extend())
    await asyncio.gather(trail.extend(), other.extend(), trail.extend())
    trail.clock.advance(timedelta(minutes=1))
    await trail.extend()
    assert [entry.leaf_index for entry in await trail.entries()] == list(range(480))
    report = await trail.verified()
    assert (report.entries, report.findings) == (480, ())


async def test_one_that_chains_while_another_reads_makes_it_read_again(chained: Store, keys: Keys) -> None:
    meanwhile = Meanwhile(chained)
    slow, quick = Trail(meanwhile, keys), Trail(chained, keys)
    await quick.hear_some(100)
    await quick.extend()
    await quick.hear_some(50)
    meanwhile.before(TILES, quick.extend)
    await slow.extend()
    assert meanwhile.done
    slow.clock.advance(timedelta(minutes=1))
    await slow.extend()
    report = await slow.verified()
    assert (report.entries, report.findings) == (150, ())


async def test_one_that_is_stopped_at_any_moment_leaves_a_chain_that_goes_on(trail: Trail) -> None:
    random = Random(4)
    for _ in range(20):
        await trail.hear_some(20)
        work = asyncio.ensure_future(trail.extend())
        await asyncio.wait({work}, timeout=random.random() * 0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    await trail.extend()
    trail.clock.advance(timedelta(minutes=1))
    await trail.extend()
    report = await trail.verified()
    assert (report.entries, report.findings) == (400, ())


async def test_the_chain_goes_on_after_a_restart(tmp_path: Path, keys: Keys) -> None:
    for size in (100, 300):
        async with opened(tmp_path, COMPOSITION.kinds) as store:
            trail = Trail(store, keys)
            await trail.hear_some(100)
            assert await trail.extend() > 0
            await trail.hear_some(100)  # these wait for the next process
            assert len(await trail.entries()) == size
            assert (await trail.verified()).sound


async def test_it_is_signed_after_so_many_entries_or_so_much_time(trail: Trail) -> None:
    async def signed() -> list[int]:
        rows = (await trail.env.store.find(Query(kind=CHECKPOINTS, order="tree_size"))).rows
        return [loaded.value.tree_size for loaded in rows]

    with pytest.raises(NotSigned):
        await trail.look(get_checkpoint, GetCheckpoint)
    await trail.hear_some(1)
    await trail.extend()
    assert await signed() == [1]
    await trail.hear_some(49)
    await trail.extend()
    assert await signed() == [1]
    await trail.hear_some(1)
    await trail.extend()
    assert await signed() == [1, 51]
    await trail.hear_some(1)
    await trail.extend()
    trail.clock.advance(timedelta(seconds=59))
    await trail.extend()
    assert await signed() == [1, 51]
    trail.clock.advance(timedelta(seconds=1))
    await trail.extend()
    assert await signed() == [1, 51, 52]
    trail.clock.advance(timedelta(hours=1))
    await trail.extend()
    assert await signed() == [1, 51, 52]


async def test_a_checkpoint_is_signed_by_the_cell(trail: Trail, keys: Keys) -> None:
    await trail.hear_some(3)
    await trail.extend()
    checkpoint = await trail.look(get_checkpoint, GetCheckpoint)
    assert (checkpoint.cell, checkpoint.tree_size, checkpoint.public_key) == ("local", 3, keys.public_key.hex())
    text = statement_of(checkpoint).text(Purpose.CHECKPOINT)
    assert keys.verify(bytes.fromhex(checkpoint.signature), text, by="compliance")
    assert await trail.look(get_checkpoint, GetCheckpoint, tree_size=3) == checkpoint
    with pytest.raises(NotFound):
        await trail.look(get_checkpoint, GetCheckpoint, tree_size=2)


async def test_proofs_hold_for_trees_of_any_size(chained: Store, keys: Keys) -> None:
    trail = Trail(chained, keys, signing=Signing(checkpoint_entries=1))
    random = Random(6962)
    await trail.hear_some(600)
    await trail.extend()
    entries = await trail.entries()
    leaves = [bytes.fromhex(entry.leaf_hash) for entry in entries]
    for size in (1, 2, 255, 256, 257, 512, 600, *random.sample(range(3, 600), 12)):
        index = random.randrange(size)
        included = await trail.look(get_inclusion_proof, GetInclusionProof, id=entries[index].id, tree_size=size)
        root = naive.root(leaves[:size])
        assert (included.leaf_index, included.tree_size, included.root_hash) == (index, size, root.hex())
        path = [bytes.fromhex(one) for one in included.hashes]
        assert verify_inclusion(bytes.fromhex(included.leaf_hash), index, size, path, root)
        first = random.randrange(1, size + 1)
        consistent = await trail.look(get_consistency_proof, GetConsistencyProof, first_size=first, second_size=size)
        old = naive.root(leaves[:first])
        assert (consistent.first_root_hash, consistent.second_root_hash) == (old.hex(), root.hex())
        path = [bytes.fromhex(one) for one in consistent.hashes]
        assert verify_consistency(first, size, path, first_root=old, second_root=root)


async def test_what_cannot_be_proven_is_refused(trail: Trail) -> None:
    await trail.hear_some(1)
    with pytest.raises(NotSigned):
        await trail.look(get_consistency_proof, GetConsistencyProof, first_size=1)
    await trail.extend()
    await trail.hear_some(1)
    await trail.extend()  # chained, and not yet signed for
    first, second = await trail.entries()
    with pytest.raises(NotInTree):
        await trail.look(get_inclusion_proof, GetInclusionProof, id=second.id)
    with pytest.raises(NotSigned):
        await trail.look(get_inclusion_proof, GetInclusionProof, id=first.id, tree_size=2)
    with pytest.raises(NotSigned):
        await trail.look(get_consistency_proof, GetConsistencyProof, first_size=2)
    trail.clock.advance(timedelta(minutes=1))
    await trail.extend()
    with pytest.raises(InvalidInput):
        await trail.look(get_consistency_proof, GetConsistencyProof, first_size=2, second_size=1)
    with pytest.raises(NotFound):
        await trail.look(get_inclusion_proof, GetInclusionProof, id="aud_local_00000000000000000000000000")


async def test_an_export_is_sound_and_has_every_checkpoint(trail: Trail) -> None:
    await trail.hear_some(250)
    await trail.extend()
    report = await trail.verified()
    checkpoint = await trail.look(get_checkpoint, GetCheckpoint)
    assert (report.cell, report.root_hash, report.findings) == ("local", checkpoint.root_hash, ())
    assert report.entries == report.tree_size == checkpoint.tree_size
    assert report.checkpoints == 1 + len((await trail.env.store.find(Query(kind=CHECKPOINTS))).rows)


async def test_what_was_done_in_the_store_is_found_in_the_export(trail: Trail) -> None:
    await trail.hear_some(120)
    await trail.extend()
    rows = (await trail.env.store.find(Query(kind=AUDIT, order="leaf_index", at_least=0, limit=200))).rows
    changed, dropped = rows[10], rows[20]
    await trail.env.store.commit([changed.put(replace(changed.value, actor="nobody")), dropped.delete()])
    report = await trail.verified()
    assert [finding.wrong for finding in report.findings] == [Wrong.CHANGED, Wrong.DROPPED]
    assert "entry 10 does not" in report.findings[0].text
    assert report.findings[1].text == "missing before this line: entry 20"


async def test_the_salt_of_a_commitment_is_not_exported(trail: Trail) -> None:
    await trail.hear_some(1)
    await trail.extend()
    (entry,) = await trail.entries()
    exported = await trail.export()
    assert entry.commitment.encode() in exported
    assert entry.salt.encode() not in exported
