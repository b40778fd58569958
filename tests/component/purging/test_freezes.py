"""No row of a frozen person is purged, by any alias, until the end of the freeze; and a freeze and a purge have an
order."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from libs.person import Person
from libs.privacy.aliases import sought
from libs.privacy.identity import Identity
from libs.privacy.keys import Keys
from libs.privacy.sealing.store import SealedStore
from libs.purging import FREEZE_ALL, FREEZES, frozen_hashes
from libs.purging.freezes import KeepFreeze, PersonFreezeStated, keep_freeze
from libs.sought_hashes import seal_sought
from libs.store.listing import everything
from libs.store.port import Write, get
from tests.builders import a_call
from tests.component.purging.files import DAY, FILES, SLIPS, File, Purger, Slip
from tests.component.purging.test_purging import ANNA, BERT, OLD
from tests.store_faults import Wrapper

FREEZE = "frz_local_01jz8c00000000000000000001"


async def freeze(purger: Purger, *persons: Person, statement: int = 1, id: str = FREEZE) -> PersonFreezeStated:
    """Compliance states that these are frozen; nobody: that the freeze has ended."""
    name = ""
    if persons:
        hashes = {one for who in persons for one in sought(purger.env.keys, who, "DE")}
        name = (await seal_sought(purger.env, "freeze", f"dsr{id[3:]}", 0, tuple(sorted(hashes)))).name
    stated = PersonFreezeStated(freeze_id=id, active=bool(persons), object_name=name)
    await purger.env.run(keep_freeze, KeepFreeze(call=a_call(), stated=stated, statement=statement))
    return stated


async def owners(purger: Purger) -> dict[str, Person]:
    """The owner of every file that is there."""
    return {one.id: one.owner for kind in (FILES, SLIPS) for one in await _all(purger, kind)}


async def _all(purger: Purger, kind: Any) -> Sequence[File]:
    return await everything(purger.env.store, kind, {})


@pytest.mark.parametrize(
    "known",
    [
        Person(email="ANNA@example.org "),
        Person(phone="030 1234567"),
        Person(person_id="psn_1"),
    ],
    ids=["email", "phone", "person id"],
)
async def test_a_frozen_person_is_found_by_any_alias_also_beside_others(purger: Purger, known: Person) -> None:
    await purger.keep(File(id="mine", owner=ANNA, over=OLD), File(id="shared", owner=BERT, others=(ANNA,), over=OLD))
    await purger.keep(File(id="other", owner=BERT, over=OLD), Slip(id="slip", owner=ANNA, over=OLD))
    await freeze(purger, known)
    report = await purger.purge_all()
    assert await owners(purger) == {"mine": ANNA, "shared": BERT, "other": Person(), "slip": ANNA}
    assert [(one.rows, one.frozen) for one in report.purged] == [(1, 2), (0, 1)]


async def test_the_first_run_after_the_end_of_a_freeze_purges(purger: Purger) -> None:
    await purger.keep(File(id="mine", owner=ANNA, over=OLD))
    await freeze(purger, ANNA)
    other = FREEZE.replace("1jz8", "2jz8")
    await freeze(purger, ANNA, id=other)
    await freeze(purger, statement=2)
    await purger.purge_all()
    assert await owners(purger) == {"mine": ANNA}
    await freeze(purger, statement=2, id=other)
    await purger.purge_all()
    assert await owners(purger) == {"mine": Person()}


async def test_an_older_statement_that_arrives_later_changes_nothing(purger: Purger) -> None:
    await freeze(purger, statement=2)
    await freeze(purger, ANNA, statement=1)
    assert await frozen_hashes(purger.env.store, purger.env.keys) == frozenset()


async def test_a_freeze_whose_object_has_gone_freezes_everything_until_the_next_statement(purger: Purger) -> None:
    await purger.keep(File(id="other", owner=BERT, over=OLD))
    gone = PersonFreezeStated(
        freeze_id=FREEZE, active=True, object_name="freeze/dsr_local_1/0/compliance/0123456789abcdef"
    )
    await purger.env.run(keep_freeze, KeepFreeze(call=a_call(), stated=gone, statement=1))
    assert await frozen_hashes(purger.env.store, purger.env.keys) is FREEZE_ALL
    report = await purger.purge_all()
    assert [(one.rows, one.frozen) for one in report.purged] == [(0, 1)]
    await freeze(purger, ANNA, statement=2)
    assert [one.rows for one in (await purger.purge_all()).purged] == [1]


async def test_no_row_of_a_restricted_person_is_purged_until_the_restriction_is_lifted(purger: Purger) -> None:
    await purger.keep(File(id="mine", owner=ANNA, over=OLD), File(id="other", owner=BERT, over=OLD))
    await purger.keep(Slip(id="slip", owner=ANNA, over=OLD))
    known = sought(purger.env.keys, ANNA, "DE")
    await purger.env.restrictions.begin("dsr_1", Identity(found=known, named=known, names=frozenset()), number=1)
    await purger.env.restrictions.add("dsr_1", [ANNA.person_id, "mine", "slip"], number=1)
    report = await purger.purge_all()
    assert await owners(purger) == {"mine": ANNA, "other": Person(), "slip": ANNA}
    assert [(one.rows, one.frozen) for one in report.purged] == [(1, 1), (0, 1)]
    await purger.env.restrictions.end("dsr_1", before=2)
    await purger.purge_all()
    assert await owners(purger) == {"mine": Person(), "other": Person()}


async def test_the_hashes_of_a_freeze_are_stored_encrypted_and_gone_at_its_end(purger: Purger) -> None:
    await freeze(purger, ANNA)
    held = await get(purger.env.store, FREEZES, FREEZE)
    assert held is not None
    assert not any(one.encode() in held.value.sealed for one in sought(purger.env.keys, ANNA, "DE"))
    await freeze(purger, statement=2)
    held = await get(purger.env.store, FREEZES, FREEZE)
    assert held is not None
    assert (held.value.active, held.value.sealed) == (False, b"")


class _Between(Wrapper):
    """Does something once, right before a commit that purges."""

    def __init__(self, inner: Any, act: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(inner)
        self._act: Callable[[], Awaitable[Any]] | None = act

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        if self._act is not None and any(one.kind is FILES for one in writes):
            act, self._act = self._act, None
            await act()
        await self.inner.commit(writes)


async def test_a_freeze_that_arrives_while_a_page_is_decided_is_respected(purger: Purger, keys: Keys) -> None:
    await purger.keep(File(id="mine", owner=ANNA, over=OLD), File(id="other", owner=BERT, over=OLD))
    store = purger.env.store
    assert isinstance(store, SealedStore)
    store.inner = _Between(store.inner, lambda: freeze(purger, ANNA))
    report = await purger.purge_all()
    assert await owners(purger) == {"mine": ANNA, "other": Person()}
    assert [(one.rows, one.frozen) for one in report.purged] == [(1, 1)]


async def test_a_freeze_that_arrives_after_a_page_keeps_what_is_left(purger: Purger) -> None:
    await purger.keep(File(id="mine", owner=ANNA, over=OLD), Slip(id="slip", owner=ANNA, over=OLD))
    await purger.purge()
    purger.clock.advance(DAY)
    assert [await purger.purge(), await purger.purge()] == [1, 1]  # begun, and the page of files
    await freeze(purger, ANNA)
    while await purger.purge():
        pass
    assert await owners(purger) == {"mine": Person(), "slip": ANNA}
