"""An assignee is a person: stored encrypted, listed by a keyed hash, found and erased in the ticket and its history."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from libs.erasing import EraseSubject, ErasureAsked, erase_subject, seal_hashes
from libs.pb.prm.tickets import v1 as pb
from libs.person import Login, Person
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.privacy.sealing.store import SealedStore
from libs.store.codec import reader
from libs.store.port import Kind, Loaded, Query, get
from libs.subject_data import Holdings
from services.tickets.record.documents import HISTORY, TICKETS
from services.tickets.record.domain.persons import without_ids
from services.tickets.record.jobs import renew_assignees
from services.tickets.service import COMPOSITION
from tests.builders import a_call, an_id
from tests.component.tickets.handling.test_listings import _ids
from tests.component.tickets.harness import Harness
from tests.component.tickets.migration.test_imports import a_change, a_row
from tests.component.tickets.record.test_subject_data import NGOZI, _ask

ADA, BERT = "idp:ada-lovelace", "Resolver Bert 89"
BY_ID = Person(person_id=ADA)  # as a data subject's request names a login


async def _assigned(harness: Harness, *assignees: str) -> str:
    """A ticket that was assigned to each of them in turn."""
    id: str = (await harness.file()).id
    for one in assignees:
        await harness.call(pb.AssignTicketRequest(id=id, assignee=one))
    return id


def _inner(harness: Harness) -> Any:
    assert isinstance(harness.env.store, SealedStore)
    return harness.env.store.inner


async def _rows(harness: Harness, kind: Kind[Any]) -> list[Loaded[Any]]:
    """The rows as the engine has them."""
    return list((await _inner(harness).find(Query(kind=kind))).rows)


async def _stored(harness: Harness) -> str:
    """Everything about tickets in the engine, with the values in its indexes."""
    found = [(kind, one.value) for kind in (TICKETS, HISTORY, ALIASES) for one in await _rows(harness, kind)]
    return " ".join(f"{msgspec.json.encode(one).decode()} {reader(kind)(one)}" for kind, one in found)


async def _as_of_an_earlier_release(harness: Harness) -> None:
    """The tickets and their history as an earlier release stored them."""
    inner, store = _inner(harness), harness.env.store
    for one in await _rows(harness, HISTORY):
        plain = await get(store, HISTORY, one.value.id)
        assert plain is not None
        await inner.commit([one.put(replace(one.value, changes=without_ids(plain.value.changes)))])
    for one in await _rows(harness, TICKETS):
        ticket = await get(store, TICKETS, one.value.id)
        assert ticket is not None
        clear = {"assignee": ticket.value.assignee, "assignee_person_id": "", "assignee_key": None, "assignee_rules": 0}
        await inner.commit([one.put(replace(one.value, **clear))])
    logins = {next(iter(hashes(harness.env.keys, Login(login=one)))) for one in (ADA, BERT)}
    await inner.commit([one.delete() for one in await _rows(harness, ALIASES) if one.value.hash in logins])


async def test_neither_a_document_nor_an_index_has_an_assignee_in_clear(served: Harness) -> None:
    await _assigned(served, ADA, BERT)
    await served.take(a_row(changes=[*a_row().changes[:3], a_change(5, pb.TICKET_STATE_CLOSED, assignee=BERT)]))
    found = await _stored(served)
    assert [one for one in (ADA, BERT) if one in found] == []
    [shown] = [one for one in (await served.call(pb.ListTicketsRequest(assignee=BERT))).tickets if one.external_id]
    assert [one.assignee for one in (await served.get(shown.id)).changes] == ["", "", "", BERT]


async def test_an_assignee_is_found_by_the_login_and_masked_for_the_requester(served: Harness, keys: Keys) -> None:
    id = await _assigned(served, ADA, BERT)
    await served.file()
    for number, (person, rows, shown) in enumerate(((BY_ID, (1, 1), ADA), (NGOZI, (2, 0), "")), start=1):
        located = await _ask(served, sorted(hashes(keys, person)), number)
        counts = {one.kind: one.rows for one in located.counts}
        assert (counts["ticket"], counts["history_entry"]) == (rows[0] if shown == "" else 0, rows[1])
        plain = served.env.keys.unseal(await served.shelf.get(located.object_name), located.object_name)
        assert (ADA.encode() in plain, BERT.encode() in plain, b"Ngozi" in plain) == (bool(shown), False, not shown)
        sections = {one.kind: one for one in msgspec.json.decode(plain, type=Holdings).sections}
        masked = {"history_entry": {}, "ticket": {"fields": 1}} if not shown else {"history_entry": {}, "ticket": {}}
        assert {name: sections[name].masked for name in masked} == masked
    located = await _ask(served, sorted(hashes(keys, Person(person_id=BERT))), 3)
    assert {one.kind: one.rows for one in located.counts} == {"ticket": 1, "comment": 0, "history_entry": 1}
    assert (await served.get(id)).ticket.assignee == BERT


@pytest.mark.parametrize("old", [False, True], ids=["", "of an earlier release"])
async def test_an_erased_assignee_is_gone_and_the_others_stay(served: Harness, keys: Keys, *, old: bool) -> None:
    id = await _assigned(served, ADA, BERT, ADA)
    other = await _assigned(served, BERT)
    if old:
        await _as_of_an_earlier_release(served)
        assert (await renew_assignees(served.env), await renew_assignees(served.env)) == (2, 0)
    kinds = tuple(one for one in COMPOSITION.kinds if one.persons is not None)
    name = await seal_hashes(served.env, an_id("dsr"), 1, hashes(keys, BY_ID))
    asked = ErasureAsked(case_id=an_id("dsr"), round=1, object_name=name)
    done = await erase_subject(served.env, EraseSubject(call=a_call(), asked=asked, kinds=kinds))
    assert {one.kind: one.rows for one in done.statement.counts} == {"ticket": 1, "history_entry": 2}
    assert [one.assignee for one in (await served.get(id)).changes] == ["", "", BERT, ""]
    assert ((await served.get(id)).ticket.assignee, (await served.get(other)).ticket.assignee) == ("", BERT)
    kept = {one.value.id: one.value for one in await _rows(served, TICKETS)}
    assert (kept[id].assignee, kept[id].assignee_person_id, kept[id].assignee_key) == ("", "", None)
    assert await _ids(served, assignee=ADA) == []
    located = await _ask(served, sorted(hashes(keys, BY_ID)), 2)
    assert not any(one.rows for one in located.counts)


async def test_assignees_of_an_earlier_release_are_shown_and_listed_before_and_after_they_are_renewed(
    served: Harness, keys: Keys
) -> None:
    first, second = await _assigned(served, ADA), await _assigned(served, BERT, ADA)
    await _assigned(served, BERT)
    await _as_of_an_earlier_release(served)
    assert ADA in await _stored(served)
    for left in (3, 0):
        assert await _ids(served, assignee=ADA) == [first, second]
        assert await _ids(served, assignee=ADA, order_by="update_time desc") == [second, first]
        assert await _ids(served, assignee=ADA, requester_email=NGOZI.email) == [first, second]
        assert [one.assignee for one in (await served.get(second)).changes] == ["", BERT, ADA]
        assert await renew_assignees(served.env) == left
    found = await _stored(served)
    assert [one for one in (ADA, BERT) if one in found] == []
    located = await _ask(served, sorted(hashes(keys, BY_ID)), 1)
    assert {one.kind: one.rows for one in located.counts} == {"ticket": 2, "comment": 0, "history_entry": 2}
