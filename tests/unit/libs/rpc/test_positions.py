"""What a mutation returns, and how long a call waits for what it brings, or for what may lift its refusal."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.arrivals import WAITERS, WAITERS_PER_CALLER, Arrivals
from libs.call import Call, Mark
from libs.clock import monotonic
from libs.errors import NotFound, NotYetKnown, WrongCell
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.rpc.client import CallFailed, Client, Session
from libs.rpc.positions import HEADER, KEPT, POSITION_BYTES, POSITIONS_PER_CALL, Positions
from tests.compositions import COMPOSITIONS
from tests.unit.libs.rpc.probe import HOME, SAVE, WATCH, Probe, Running, message, serving
from tests.waiting import until

REQUEST = message("SaveRequest", title="t", request_id="r1")
LIFT_SECONDS = 0.5
ONE = Mark("orders.order.created", "row_de_01jz8c00000000000000000000", 3)
ABOUT = "row_de_01jz8c00000000000000000001"


def keys_in(folder: Path) -> Keys:
    create_keys(folder)
    return open_keys(folder)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return keys_in(tmp_path_factory.mktemp("keys"))


class Knowledge:
    """What a service knows, how often somebody looked, and its positions."""

    def __init__(self, keys: Keys) -> None:
        self.known: set[Mark] = set()
        self.looks = 0
        self.arrivals = Arrivals()
        self.positions = Positions(keys, self.arrivals, self._reached, HOME, lift_seconds=LIFT_SECONDS)

    async def _reached(self, mark: Mark) -> bool:
        self.looks += 1
        return mark in self.known

    def token(self, *marks: Mark) -> str:
        """A position of these events."""
        [(name, found)] = self.positions.trailer(marks)
        assert name == HEADER
        return found


@pytest.fixture
def knowledge(keys: Keys) -> Knowledge:
    return Knowledge(keys)


def writing(*marks: Mark) -> Probe:
    """A mutation that writes these events."""

    async def behave(_: Any, call: Call) -> None:
        if call.effects is not None:
            call.effects.marks += marks

    return Probe(behave)


async def save(running: Running, *positions: str, seconds: float = 30.0) -> Any:
    """Call the mutation with positions, each a header of its own."""
    async with Client(running.address) as client:
        return await client.call(
            SAVE, REQUEST, attempts=1, timeout_seconds=seconds, headers={HEADER: ",".join(positions)}
        )


MARKS = st.lists(
    st.builds(
        Mark,
        st.sampled_from(("orders.order.created", "orders.order.held", "partners.partner.approved")),
        st.text("abcdefghjkmnp", min_size=1, max_size=33),
        st.integers(1, 2**31),
    ),
    min_size=1,
    max_size=50,
)


@given(first=MARKS, second=MARKS)
def test_a_service_reads_in_positions_what_others_wrote(keys: Keys, first: list[Mark], second: list[Mark]) -> None:
    knowledge = Knowledge(keys)
    tokens = [knowledge.token(*first), knowledge.token(*second)]
    assert set(knowledge.positions.read(tokens)) == {*first, *second}
    assert knowledge.positions.read([",".join(tokens)]) == knowledge.positions.read(tokens)


def test_a_position_of_a_hundred_orders_fits_into_the_headers_that_clients_accept(knowledge: Knowledge) -> None:
    marks = [Mark("orders.order.completed", f"ord_{'c' * 12}_{number:026}", 10**6) for number in range(300)]
    assert len(knowledge.token(*marks[:100])) < POSITION_BYTES
    assert knowledge.positions.trailer(marks) == ()


def test_a_position_leaves_out_what_no_service_keeps(knowledge: Knowledge) -> None:
    paid = [Mark("orders.invoice.paid", f"inv_de_{number:026}", 2) for number in range(300)]
    assert knowledge.positions.read([knowledge.token(ONE, *paid, ONE)]) == (ONE,)
    assert knowledge.positions.trailer(paid) == ()


def test_every_noun_that_a_service_keeps_goes_into_positions() -> None:
    consumers = [one for composition in COMPOSITIONS.values() for one in composition.consumers]
    assert {one.subject.rpartition(".")[0] for one in consumers if one.knows is not None} == KEPT


def test_of_what_was_found_unchanged_the_keepers_of_its_noun_are_asked() -> None:
    """Its mark has no verb: the consumers of one verb alone, which make something new of it, are not asked; nor is the
    service that wrote it, which states it to other cells."""
    for noun in KEPT:
        service, kind = noun.split(".")
        assert kind in {one.name for one in COMPOSITIONS[service].kinds}
        asked = {
            (one.subject, one.knows is not None)
            for name, composition in COMPOSITIONS.items()
            for one in composition.consumers
            if name != service and one.takes(f"{noun}.*") and one.subject != ">"
        }
        assert {subject for subject, knows in asked if knows} == {f"{noun}.*"}
        assert {subject for subject, knows in asked if not knows} <= {f"{noun}.*"}  # keep no row of it, such as facts


def test_a_position_tells_nothing_to_who_has_it(knowledge: Knowledge) -> None:
    assert knowledge.token(ONE) != knowledge.token(ONE)
    assert "row" not in knowledge.token(ONE)


async def test_a_mutation_returns_what_it_wrote_and_a_client_brings_it_elsewhere(knowledge: Knowledge) -> None:
    session = Session()
    async with (
        serving(writing(ONE), positions=knowledge.positions) as running,
        Client(running.address, session=session) as client,
    ):
        await client.call(SAVE, REQUEST)
    headers = session.headers("prm.other.v1.OtherService/Get")
    assert knowledge.positions.read([value for _, value in headers]) == (ONE,)
    assert session.headers(SAVE) == ()


async def test_a_call_that_wrote_no_event_returns_none(knowledge: Knowledge) -> None:
    session = Session()
    async with (
        serving(writing(), positions=knowledge.positions) as running,
        Client(running.address, session=session) as client,
    ):
        await client.call(SAVE, REQUEST)
    assert session.headers("prm.other.v1.OtherService/Get") == ()


def spoiled(token: str) -> str:
    return token[:-8] + ("AAAAAAAA" if not token.endswith("AAAAAAAA") else "BBBBBBBB")


async def test_every_position_that_is_none_is_named_and_nothing_is_done(knowledge: Knowledge, tmp_path: Path) -> None:
    probe, good = Probe(), knowledge.token(ONE)
    foreign = Knowledge(keys_in(tmp_path)).token(ONE)
    knowledge.known.add(ONE)
    bad = ("", "x", "no base64!", "AAAA", spoiled(good), good[:20], foreign, "=" * 50, "A" * 4_000)
    async with serving(probe, positions=knowledge.positions) as running:
        with pytest.raises(CallFailed) as refused:
            await save(running, good, *bad)
    assert (refused.value.code, refused.value.reason) == ("INVALID_ARGUMENT", "INVALID_INPUT")
    named = [(one.field, one.reason) for one in refused.value.violations]
    assert named == [(f"{HEADER}[{place}]", "POSITION_INVALID") for place in range(1, len(bad) + 1)]
    assert probe.calls == []


async def test_too_many_positions_are_refused_unread(knowledge: Knowledge) -> None:
    async with serving(Probe(), positions=knowledge.positions) as running:
        knowledge.known.add(ONE)
        await save(running, *[knowledge.token(ONE)] * POSITIONS_PER_CALL)
        with pytest.raises(CallFailed) as refused:
            await save(running, *[knowledge.token(ONE)] * (POSITIONS_PER_CALL + 1))
    [violation] = refused.value.violations
    assert (violation.field, violation.reason) == (HEADER, "TOO_MANY_POSITIONS")


@pytest.mark.parametrize("told", [True, False], ids=["taken in here", "taken in by another replica"])
async def test_a_call_waits_until_its_position_is_reached(knowledge: Knowledge, told: bool) -> None:
    probe = Probe()
    async with serving(probe, positions=knowledge.positions) as running:
        waiting = asyncio.create_task(save(running, knowledge.token(ONE)))
        await until(lambda: knowledge.looks > 0)
        assert probe.calls == []
        knowledge.known.add(ONE)
        if told:
            knowledge.arrivals.tell(ONE.about)
        await waiting
    assert len(probe.calls) == 1


async def test_a_stream_waits_too(knowledge: Knowledge) -> None:
    async with serving(Probe(), positions=knowledge.positions) as running:
        headers = {HEADER: knowledge.token(ONE)}
        request = message("WatchRequest", count=1)

        async def watch() -> Sequence[Any]:
            return [one async for one in running.client.stream(WATCH, request, headers=headers)]

        waiting = asyncio.create_task(watch())
        await until(lambda: knowledge.looks > 0)
        knowledge.known.add(ONE)
        assert len(await waiting) == 1


async def test_what_is_not_reached_in_the_time_of_the_call_is_refused_and_not_done(knowledge: Knowledge) -> None:
    probe = Probe()
    async with serving(probe, positions=knowledge.positions) as running:
        with pytest.raises(CallFailed) as refused:
            await save(running, knowledge.token(ONE), seconds=1.0)
    assert (refused.value.code, refused.value.reason) == ("UNAVAILABLE", "POSITION_NOT_REACHED")
    assert (refused.value.retry_after_seconds, refused.value.metadata, probe.calls) == (1.0, {"missing": "1"}, [])


async def test_no_more_than_so_many_wait_and_the_next_is_answered_at_once(knowledge: Knowledge) -> None:
    probe = Probe()
    async with serving(probe, positions=knowledge.positions) as running:
        with ExitStack() as others:
            waiters = [
                others.enter_context(knowledge.arrivals.waiting((ABOUT,), seconds=60, caller=str(number)))
                for number in range(WAITERS)
            ]
            with pytest.raises(CallFailed) as refused:
                await save(running, knowledge.token(ONE))
            assert (refused.value.reason, knowledge.looks) == ("POSITION_NOT_REACHED", 1)
            knowledge.arrivals.tell(ABOUT)
            assert await waiters[0].again()
        waiting = asyncio.create_task(save(running, knowledge.token(ONE)))
        await until(lambda: knowledge.looks > 2)
        knowledge.known.add(ONE)
        await waiting


async def test_a_caller_has_a_share_of_the_waiting_calls_and_leaves_the_others_theirs() -> None:
    arrivals = Arrivals()
    with ExitStack() as others:
        greedy = [others.enter_context(arrivals.waiting((ABOUT,), seconds=60, caller="a")) for _ in range(WAITERS)]
        other = others.enter_context(arrivals.waiting((ABOUT,), seconds=60, caller="b"))
        arrivals.tell(ABOUT)
        assert [await one.again() for one in (*greedy, other)] == [
            *[True] * WAITERS_PER_CALLER,
            *[False] * (WAITERS - WAITERS_PER_CALLER),
            True,
        ]
    with arrivals.waiting((ABOUT,), seconds=60, caller="a") as later:
        arrivals.tell(ABOUT)
        assert await later.again()


async def test_a_call_waits_in_the_share_of_the_person_it_is_made_for(knowledge: Knowledge) -> None:
    probe = Probe()
    async with serving(probe, positions=knowledge.positions) as running:
        with ExitStack() as others:
            for _ in range(WAITERS_PER_CALLER):
                others.enter_context(knowledge.arrivals.waiting((ABOUT,), seconds=60, caller="local"))
            with pytest.raises(CallFailed) as refused:
                await save(running, knowledge.token(ONE))
            assert (refused.value.reason, knowledge.looks, probe.calls) == ("POSITION_NOT_REACHED", 1, [])


async def test_a_refusal_that_an_event_lifts_is_not_given(knowledge: Knowledge) -> None:
    known = set[str]()

    async def behave(_: Any, call: Call) -> None:
        if not known:
            raise NotYetKnown("row", ABOUT)

    probe = Probe(behave)
    async with serving(probe, positions=knowledge.positions) as running:
        waiting = asyncio.create_task(save_plain(running))
        await until(lambda: probe.calls)
        known.add(ABOUT)
        knowledge.arrivals.tell(ABOUT)
        await waiting
    assert len(probe.calls) == 2


async def test_a_refusal_that_no_event_lifts_is_given_after_the_time_to_lift_it(knowledge: Knowledge) -> None:
    async def behave(_: Any, call: Call) -> None:
        raise NotYetKnown("row", ABOUT)

    probe = Probe(behave)
    async with serving(probe, positions=knowledge.positions) as running:
        began = monotonic()
        with pytest.raises(CallFailed) as refused:
            await save_plain(running)
        assert monotonic() - began >= LIFT_SECONDS
    assert (refused.value.reason, refused.value.retry_after_seconds) == ("NOT_YET_KNOWN", 1.0)
    assert len(probe.calls) > 2


async def test_a_refusal_that_nothing_on_its_way_can_lift_is_given_at_once(knowledge: Knowledge) -> None:
    async def behave(_: Any, call: Call) -> None:
        raise NotFound("row", ABOUT) if len(probe.calls) > 1 else NotYetKnown("row", ABOUT)

    probe = Probe(behave)
    async with serving(probe, positions=knowledge.positions) as running:
        with pytest.raises(CallFailed) as refused:
            await save_plain(running)
    assert (refused.value.reason, len(probe.calls)) == ("NOT_FOUND", 2)


async def save_plain(running: Running) -> Any:
    """Call the mutation without a position."""
    return await running.client.call(SAVE, REQUEST, attempts=1)


def test_a_position_of_another_cell_is_refused_with_the_way_there(knowledge: Knowledge) -> None:
    token = knowledge.token(ONE)
    with pytest.raises(WrongCell) as refused:
        knowledge.positions.read([f"{token},cn~{token.partition('~')[2]}"])
    assert refused.value.metadata["field"] == f"{HEADER}[1]"
    assert (refused.value.metadata["cell"], refused.value.metadata["endpoint"]) == ("cn", "cn.example:443")


def test_a_position_that_an_earlier_release_gave_is_read(knowledge: Knowledge) -> None:
    assert knowledge.positions.read([knowledge.token(ONE).partition("~")[2]]) == (ONE,)
