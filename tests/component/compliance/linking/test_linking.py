"""Cells learn the states of each other's linked requests, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from libs.errors import NotFound
from libs.pb.prm.compliance import v1 as pb
from libs.privacy.keys import Keys
from libs.store.listing import everything
from services.compliance.handling import usecases as handling
from services.compliance.linking import usecases
from services.compliance.linking.usecases import KEPT
from services.compliance.requests import usecases as requests
from services.compliance.requests.domain.links import AlreadyLinked, LinkedState, LinkTaken, linked_state
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestState, RequestType
from services.compliance.service import COMPOSITION
from services.compliance.trail.documents import AUDIT
from tests.builders import a_call, an_id
from tests.component.border import Post, neighbours
from tests.component.compliance.harness import Harness
from tests.component.replica import Shelf, sealed

CODES = ("local", "cn")
ADA = ("EMAIL", "ada@example.org")
OPEN_THERE, WITHDRAWN = LinkedState.OPEN, LinkedState.WITHDRAWN


class World:
    """Two cells, and the post between them."""

    def __init__(self, cells: dict[str, Harness]) -> None:
        self.cells = cells
        self.post = Post(COMPOSITION, cells)

    async def asked(self, cell: str) -> SubjectRequest:
        """A request of Ada in a cell."""
        return await self.cells[cell].ask(ADA, type=RequestType.OPT_OUT)

    async def link(self, cell: str, request: SubjectRequest, link_id: str = "") -> str:
        """The id of the link that the request of a cell has then."""
        made = await self.cells[cell].run(usecases.link_request, usecases.LinkRequest, id=request.id, link_id=link_id)
        return made.id

    async def withdraw(self, cell: str, request: SubjectRequest) -> None:
        await self.cells[cell].run(handling.withdraw_request, handling.WithdrawRequest, id=request.id)

    async def trail(self, cell: str) -> list[str]:
        """The resources of the entries about states of links in the trail of a cell."""
        entries = await everything(self.cells[cell].env.store, AUDIT, {})
        return sorted(one.resource_id for one in entries if one.event_type.endswith(".RequestLinkRecorded"))

    def recorded(self, cell: str) -> list[tuple[str, str, int, str, int]]:
        """What a cell recorded of links, oldest first."""
        told = self.post.recorded[cell]
        return [(one.link_id, one.case_id, one.step, one.cell, one.state) for one in told]

    async def seen(self, cell: str, request: SubjectRequest) -> dict[str, LinkedState]:
        """What a cell knows of the others about its request."""
        found = await self.cells[cell].look(requests.get_request, requests.GetRequest, id=request.id)
        return {one.cell: one.state for one in found.linked}


@pytest.fixture
async def world(tmp_path: Path, keys: Keys) -> AsyncIterator[World]:
    cells = dict[str, Harness]()
    async with AsyncExitStack() as stack:
        for code, directory in neighbours(*CODES).items():
            (tmp_path / code).mkdir()
            found = sealed(tmp_path / code, COMPOSITION.name, COMPOSITION.kinds, keys)
            store = await stack.enter_async_context(found)
            cells[code] = Harness(store, keys, {}, Shelf(), directory=directory)
        yield World(cells)


async def test_each_cell_learns_the_state_of_the_other_and_no_more(world: World) -> None:
    here, there = await world.asked("local"), await world.asked("cn")
    link = await world.link("local", here)
    assert await world.link("cn", there, link) == link
    await world.post.settle()
    assert await world.seen("local", here) == {"cn": OPEN_THERE}
    assert await world.seen("cn", there) == {"local": OPEN_THERE}
    await world.withdraw("cn", there)
    await world.post.settle()
    assert await world.seen("local", here) == {"cn": WITHDRAWN}
    assert await world.seen("cn", there) == {"local": OPEN_THERE}
    told = [pb.RequestLinkStated.FromString(one.body) for one in world.post.crossed]
    assert [(one.link_id, one.state) for one in told] == [
        (link, pb.LINKED_STATE_OPEN),
        (link, pb.LINKED_STATE_OPEN),
        (link, pb.LINKED_STATE_WITHDRAWN),
    ]
    for one in world.post.crossed:
        text = repr((one.about, one.headers(), one.body))
        assert not [secret for secret in (here.id, there.id, ADA[1]) if secret in text]


async def test_the_trail_of_each_cell_has_what_it_stated_and_what_it_learned(world: World) -> None:
    here, there = await world.asked("local"), await world.asked("cn")
    link = await world.link("local", here)
    await world.post.settle()
    assert await world.link("cn", there, link) == link
    await world.post.settle()
    await world.withdraw("cn", there)
    await world.post.settle()
    stated, learned = pb.LINK_STEP_STATED, pb.LINK_STEP_LEARNED
    is_open, withdrawn = pb.LINKED_STATE_OPEN, pb.LINKED_STATE_WITHDRAWN
    assert world.recorded("local") == [
        (link, here.id, stated, "local", is_open),
        (link, here.id, learned, "cn", is_open),
        (link, here.id, learned, "cn", withdrawn),
    ]
    assert world.recorded("cn") == [
        (link, "", learned, "local", is_open),  # before a request there has the link
        (link, there.id, stated, "cn", is_open),
        (link, there.id, stated, "cn", withdrawn),
    ]
    assert await world.trail("local") == [link, f"{link}:cn", f"{link}:cn"]
    assert await world.trail("cn") == [link, link, f"{link}:local"]


async def test_a_request_that_is_not_linked_is_stated_to_nobody(world: World) -> None:
    here = await world.asked("local")
    await world.withdraw("local", here)
    await world.post.settle()
    assert world.post.crossed == []
    found = await world.cells["local"].look(requests.get_request, requests.GetRequest, id=here.id)
    assert (found.link_id, found.linked) == ("", ())


async def test_a_cell_that_was_away_or_is_asked_later_learns_the_last_state(world: World) -> None:
    here = await world.asked("local")
    world.post.away = {"cn"}
    link = await world.link("local", here)
    await world.withdraw("local", here)
    await world.post.settle()
    there = await world.asked("cn")
    await world.link("cn", there, link)
    await world.post.settle()
    assert (await world.seen("local", here), await world.seen("cn", there)) == ({}, {})
    world.post.away = set()
    await world.post.settle()
    assert await world.seen("local", here) == {"cn": OPEN_THERE}
    assert await world.seen("cn", there) == {"local": WITHDRAWN}


async def test_an_older_statement_changes_nothing(world: World) -> None:
    here, there = await world.asked("local"), await world.asked("cn")
    await world.link("cn", there, await world.link("local", here))
    await world.withdraw("cn", there)
    await world.post.settle()
    of_cn = [one for one in world.post.crossed if one.cell == "cn"]
    [handle] = [one.handle for one in COMPOSITION.arriving]
    for one in reversed(of_cn):
        await handle(world.cells["local"].env, one, a_call())
    assert await world.seen("local", here) == {"cn": WITHDRAWN}


async def test_a_request_has_one_link_and_a_link_one_request_of_a_cell(world: World) -> None:
    first, second = await world.asked("local"), await world.asked("local")
    link = await world.link("local", first)
    assert await world.link("local", first) == await world.link("local", first, link) == link
    with pytest.raises(LinkTaken):
        await world.link("local", second, link)
    await world.link("local", second)
    with pytest.raises(AlreadyLinked):
        await world.link("local", second, link)
    with pytest.raises(NotFound):
        await world.cells["local"].run(usecases.link_request, usecases.LinkRequest, id=an_id("dsr"))


async def test_what_others_stated_is_forgotten_long_after_the_last_statement(world: World) -> None:
    here, there = await world.asked("local"), await world.asked("cn")
    await world.link("cn", there, await world.link("local", here))
    await world.post.settle()
    world.cells["local"].clock.advance(KEPT)
    assert await usecases.forget(world.cells["local"].env) == 0
    world.cells["local"].clock.advance(timedelta(seconds=1))
    assert await usecases.forget(world.cells["local"].env) == 1
    assert await world.seen("local", here) == {}


@pytest.mark.parametrize("state", RequestState)
def test_other_cells_learn_that_a_request_is_open_or_how_it_ended(state: RequestState) -> None:
    told = linked_state(state)
    assert (told is LinkedState.OPEN) == (state in OPEN)
    assert told is LinkedState.OPEN or told.name == state.name
