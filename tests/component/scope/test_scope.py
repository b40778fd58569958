"""For every method that a partner's people may call: what they are shown is theirs or below them, what they change is
theirs, and anything else is refused in the very words for what does not exist. Random forests, rows and requests, on
both stores."""

import asyncio
import re
from collections.abc import Sequence, Set
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from libs.errors import AppError, NotFound
from services.partners.hierarchy.domain import DownlineClosed
from tests.component.scope.asked import (
    CHANGES,
    ELSEWHERE,
    FILTERED,
    FILTERED_OUT,
    LISTED,
    NEEDED,
    OWN,
    READS,
    SHOWN,
    SUMMED,
    asked,
    nobody,
)
from tests.component.scope.world import ROLES, SECRET, Loaded, Tree, World, access, forests, of_partners
from tests.system.requests import requests

FORESTS = 4  # each fills the stores for those that follow
REQUESTS = 200

# One chain that opens, closes and opens again on its way down, and a stranger.
MIXED = (
    Tree(None, True, "GOLD"),
    Tree(0, False, ""),
    Tree(1, True, "SILVER"),
    Tree(2, False, "GOLD"),
    Tree(None, True, ""),
)

METHODS = {one.name: one for one in of_partners()}
_ID = re.compile(r"[a-z]{3}_[a-z0-9]{2,12}_[0-9a-hjkmnp-tv-z]{26}")

# An example costs a second and is small enough to be read: none is shrunk.
plain = settings(database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
few, many = settings(plain, max_examples=FORESTS), settings(plain, max_examples=REQUESTS)


def test_every_method_of_partners_people_is_asked_about_and_says_what_it_does() -> None:
    assert {*READS, *CHANGES, *LISTED, *ELSEWHERE} == set(METHODS)
    assert not READS.keys() & CHANGES.keys()
    assert {name for name, one in METHODS.items() if access(one).read_only} == {*READS, *LISTED, *ELSEWHERE}
    assert not [one for one in METHODS.values() if one.client_streaming or one.server_streaming]


def test_what_is_shown_is_the_partners_own_or_below_it(world: World, runner: asyncio.Runner) -> None:
    @few
    @given(forests())
    def check(trees: Any) -> None:
        forest = runner.run(world.plant(trees))
        for viewer in forest:
            runner.run(_reads_of(world, viewer, forest))

    check()


def test_what_is_changed_is_the_partners_own(world: World, runner: asyncio.Runner) -> None:
    @few
    @given(forests(), st.sampled_from(ROLES))
    def check(trees: Any, role: str) -> None:
        forest = runner.run(world.plant(trees))
        for caller in forest:
            runner.run(_changes_by(world, caller, forest, role))

    check()


def test_no_request_shows_or_changes_what_is_anothers(world: World, runner: asyncio.Runner) -> None:
    forest = runner.run(world.plant(MIXED))
    ids = [id for one in forest for id in one.rows.values()]

    @many
    @given(st.sampled_from(forest), st.sampled_from(ROLES), st.data())
    def check(caller: Loaded, role: str, data: st.DataObject) -> None:
        method = data.draw(st.sampled_from(list(METHODS.values())))
        request = data.draw(requests(method.input_type, ids))
        runner.run(_shows_nothing_foreign(world, caller, forest, method, request, role))

    check()


async def _reads_of(world: World, viewer: Loaded, forest: Sequence[Loaded]) -> None:
    visible = world.visible(viewer, forest)
    for owner in forest:
        for name, fields in READS.items():
            method = METHODS[name]
            if owner not in visible or (name in OWN and owner is not viewer):
                await _refused_as_unknown(world, viewer, owner, name)
            elif name == "ListDownline" and owner is viewer and not viewer.tree.sees_downline:
                with pytest.raises(DownlineClosed):
                    await world.call(method, asked(method, fields(owner)), viewer, ROLES[0])
            else:
                answer = await world.call(method, asked(method, fields(owner)), viewer, ROLES[0])
                _only(answer, visible, world)
                _whole(answer, owner, name)
    for name, fields_of_all in SUMMED.items():
        of_all, of_own = (asked(METHODS[name], fields) for fields in (fields_of_all, READS[name](viewer)))
        answers = [await world.call(METHODS[name], one, viewer, ROLES[0]) for one in (of_all, of_own)]
        assert answers[0] == answers[1]
    for name, filters in (*((name, NEEDED.get(name, {})) for name in LISTED), *FILTERED):
        answer = await world.call(METHODS[name], asked(METHODS[name], filters), viewer, ROLES[0])
        _only(answer, [viewer], world, but=_parent_of(viewer, forest))
        assert viewer.rows[LISTED[name]] in str(answer), (name, filters)
    for name, filters in FILTERED_OUT:
        answer = await world.call(METHODS[name], asked(METHODS[name], filters), viewer, ROLES[0])
        assert not answer.ListFields(), (name, filters)


async def _changes_by(world: World, caller: Loaded, forest: Sequence[Loaded], role: str) -> None:
    for owner in (one for one in forest if one is not caller):
        for name in CHANGES:
            await _refused_as_unknown(world, caller, owner, name, role)
    for name, fields in CHANGES.items():
        request = asked(METHODS[name], fields(caller))
        try:
            answer = await world.call(METHODS[name], request, caller, role)
        except NotFound as err:
            raise AssertionError(f"{name} of one's own: {err.message}") from err
        except AppError:
            continue  # another rule than whose it is
        _only(answer, [caller], world, but=_parent_of(caller, forest))


async def _refused_as_unknown(world: World, caller: Loaded, owner: Loaded, name: str, role: str = ROLES[0]) -> None:
    """NOT_FOUND, and nothing in it tells the row of another from one that does not exist."""
    method, fields = METHODS[name], {**READS, **CHANGES}[name]
    words = []
    for rows in (owner, nobody(world.partners.env.ids, owner)):
        with pytest.raises(NotFound) as refused:
            await world.call(method, asked(method, fields(rows)), caller, role)
        said = f"{refused.value.message} {refused.value.metadata}"
        for prefix, id in rows.rows.items():
            said = said.replace(id, f"<{prefix}>")
        words.append(said)
    assert words[0] == words[1], name


async def _shows_nothing_foreign(
    world: World, caller: Loaded, forest: Sequence[Loaded], method: MethodDescriptor, request: Message, role: str
) -> None:
    visible = world.visible(caller, forest) if access(method).read_only else [caller]
    said = set(_ID.findall(str(request)))
    try:
        answer = await world.call(method, request, caller, role)
    except AppError as err:
        told = set(_ID.findall(f"{err.message} {err.metadata}"))
        strangers = {id for one in world.everybody if one not in visible for id in one.rows.values()}
        if told & strangers - said:
            raise AssertionError(f"{method.name} names what is another's: {err.message}") from err
        return
    _only(answer, visible, world, but=said | _parent_of(caller, forest))


def _parent_of(one: Loaded, forest: Sequence[Loaded]) -> set[str]:
    """Whom a partner buys from is a field of its own row."""
    return set() if one.tree.parent is None else {forest[one.tree.parent].id}


def _only(answer: Message, visible: Sequence[Loaded], world: World, *, but: Set[str] = frozenset()) -> None:
    """Nothing in an answer is of anybody else; the vendor's notes are in none."""
    told = answer.SerializeToString()
    parents = {answer.partner.parent_partner_id} if hasattr(answer, "partner") else set()
    parents |= {one.partner.parent_partner_id for one in getattr(answer, "downline", ())}
    for one in world.everybody:
        if one not in visible:
            found = [token for token in one.tokens if token.encode() in told and token not in {*but, *parents}]
            assert not found, f"{found} in {answer}"
    assert SECRET.encode() not in told


def _whole(answer: Message, owner: Loaded, name: str) -> None:
    """Not by showing nothing: the partner's row of the kind that was asked for is there."""
    told = answer.SerializeToString()
    assert [prefix for prefix in SHOWN.get(name, ()) if owner.rows[prefix].encode() not in told] == []
