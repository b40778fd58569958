"""Nothing personal crosses the border of a cell, as the hub and another cell see it, and nothing in the cell waits for
the border."""

import base64
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.config import Settings
from libs.messaging.border.names import DIRECTORY, edge_subject, outgoing_stream
from libs.messaging.jetstream import Outgoing, Session
from libs.messaging.logins import ADMINISTRATOR
from libs.runtime.border_gauges import BorderGauges
from libs.runtime.cell import RunningCell, running
from libs.telemetry import Reading, Telemetry
from services.__main__ import builders
from services.demo.story import STEPS, play
from services.demo.world import COMPLIANCE, PARTNERS, approve, register
from tests.system.border import HERE, THERE, Border, a_border, scenario
from tests.system.extra_calls import drive
from tests.system.marks import LETTERS, Marking, Marks, found_in
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

FLOW = "directory"
SUBJECT = "partners.organisation.stated"
CROSSED_SECONDS = 120.0
LEFT = (
    SUBJECT,
    "deals.cross_check.asked",
    "orders.cross_check.asked",
    "compliance.request_link.stated",
)
DEALS = "deals"
MARK = f"Somebody {LETTERS}00000000"
ENCODED = {
    "in clear": MARK.encode(),
    "in capitals": MARK.upper().encode(),
    "as hexadecimal digits": MARK.encode().hex().encode(),
    "in UTF-16": MARK.encode("utf-16-le"),
    "in base64": base64.b64encode(MARK.encode()),
    "in clear in a gzip or zlib stream": gzip.compress(MARK.encode()),
}


async def listed(cell: RunningCell) -> list[str]:
    """The names in the directory of a cell."""
    async with cell.client() as client:
        found = await scenario(client).ask(PARTNERS, "ListOrganisations", page_size=200)
        return [one.legal_name for one in found.organisations]


async def approved(client: Any, name: str, **fields: Any) -> None:
    """A partner that was approved."""
    await approve(scenario(client, run=name.partition(" ")[0]), name, **fields)


async def test_no_mark_crosses_before_or_after_the_hub_was_away(tmp_path: Path) -> None:
    marks = Marks()
    async with (
        a_border(tmp_path) as border,
        border.cell(HERE) as here,
        border.cell(THERE, PARTNERS, DEALS, COMPLIANCE) as there,
        here.client() as own,
        here.client(subject="other") as other,
    ):
        client = Marking(own, marks)
        told = scenario(client, Marking(other, marks))
        await register(told, FLOW)
        for flow in ("duplicate_check", "serial_check", "request_links"):
            await register(told, flow, categories=[])
        await play(told, STEPS)
        await drive(told, client, here)  # type: ignore[arg-type]  # a client as well
        await approved(client, MARK, sole_trader=True)
        await approved(client, "First Company GmbH")
        await until(lambda: names(there, "First Company GmbH"), within_seconds=CROSSED_SECONDS)
        await here.settled()
        await until(
            lambda: all(border.has_crossed(one) for one in LEFT), within_seconds=CROSSED_SECONDS, every_seconds=1
        )
        assert marks.values
        assert list(found_in(border.outside(), marks)) == []

        await border.stop_hub()
        await approved(client, "Second Company GmbH")
        await here.settled()
        await border.start_hub()
        await until(lambda: names(there, "Second Company GmbH"), within_seconds=CROSSED_SECONDS)
        assert list(found_in(border.outside(), marks)) == []
        assert sorted(await listed(there)) == sorted(await listed(here))


async def test_the_recorder_finds_a_mark_that_is_published_at_the_border(tmp_path: Path) -> None:
    marks = Marks()
    async with a_border(tmp_path) as border, border.cell(HERE, PARTNERS) as here, border.cell(THERE, PARTNERS):
        session = await here.border.jetstreams[PARTNERS].session()
        told = [Outgoing(edge_subject(HERE, SUBJECT), {"Nats-Msg-Id": how}, body) for how, body in ENCODED.items()]
        assert await session.publish(told) == [""] * len(told)

        def crossed() -> bool:
            """Every encoding was found on the hub and in the other cell."""
            found = [one for one in found_in(border.outside(), marks) if one.startswith(str(tmp_path))]
            places = {"hub", THERE}
            seen = {(Path(one.split(": ")[0]).relative_to(tmp_path).parts[0], one.split(": ")[1]) for one in found}
            return seen >= {(place, how) for place in places for how in ENCODED}

        await until(crossed, within_seconds=CROSSED_SECONDS)


async def names(cell: RunningCell, name: str) -> bool:
    return name in await listed(cell)


@asynccontextmanager
async def alone(folder: Path) -> AsyncIterator[RunningCell]:
    """A cell that is connected to a hub which is away."""
    async with running(builders(PARTNERS, COMPLIANCE), Border(folder).settings(HERE)) as cell:
        yield cell


async def registered(cell: RunningCell, **terms: Any) -> str:
    """A published transfer for the directory, which every service knows; its id."""
    async with cell.client() as client, cell.client(subject="other") as other:
        transfer_id = await register(scenario(client, other, run=f"terms{len(terms)}"), FLOW, **terms)
    await cell.settled()
    return transfer_id


@asynccontextmanager
async def administrator_of(cell: RunningCell) -> AsyncIterator[Session]:
    """The administrator of the cell's edge."""
    assert cell.border.edge is not None
    async with cell.border.edge.connect(ADMINISTRATOR, stream=DIRECTORY) as jetstream:
        yield await jetstream.session()


async def ask(session: Session, verb: str, body: Any = None) -> dict[str, Any]:
    raw = await session.client.request(f"$JS.API.{verb}", msgspec.json.encode(body or {}), timeout=5)
    found: dict[str, Any] = msgspec.json.decode(raw.data)
    assert "error" not in found, found
    return found


async def test_a_full_edge_delays_no_event_of_the_cell_and_catches_up(tmp_path: Path) -> None:
    async with alone(tmp_path) as cell, cell.client() as client, administrator_of(cell) as session:
        await registered(cell)
        relay = cell.border.relays[PARTNERS]
        config = (await ask(session, f"STREAM.INFO.{outgoing_stream(HERE)}"))["config"]
        await ask(session, f"STREAM.UPDATE.{outgoing_stream(HERE)}", {**config, "max_bytes": 1})
        await approved(client, "First Company GmbH")
        await cell.settled()
        assert await listed(cell) == ["First Company GmbH"]
        await until(lambda: relay.stats.backlog == 1, within_seconds=10)
        await ask(session, f"STREAM.UPDATE.{outgoing_stream(HERE)}", config)
        await until(lambda: relay.stats.backlog == 0, within_seconds=60)
        assert (await ask(session, f"STREAM.INFO.{outgoing_stream(HERE)}"))["state"]["messages"] == 1


async def test_what_names_no_registered_transfer_is_counted_and_leaves_once_it_is_registered(tmp_path: Path) -> None:
    async with alone(tmp_path) as cell, cell.client() as client, administrator_of(cell) as session:
        relay = cell.border.relays[PARTNERS]
        await approved(client, "First Company GmbH")
        await cell.settled()
        await until(lambda: relay.blocked == {"UNREGISTERED": 1}, within_seconds=10)
        assert await left(session) == 0
        assert await listed(cell) == ["First Company GmbH"]
        gauges = BorderGauges(cell.border, Telemetry())
        await gauges.look()
        assert gauges.flow.blocked == [Reading(1, {"service": PARTNERS, "reason": "UNREGISTERED"})]
        lag = [one for one in gauges.flow.lag if one.about["service"] == PARTNERS]
        assert lag == [Reading(0, {"consumer": "partners__organisation_stated", "service": PARTNERS})]
        assert {one.value for one in gauges.flow.lag} == {0}
        assert Reading(0, {"service": PARTNERS}) in gauges.flow.backlog
        assert [one for one in gauges.held if one.about["service"] == PARTNERS] == [Reading(1, {"service": PARTNERS})]
        assert await refusals(cell, client) == ["UNREGISTERED"]
        await registered(cell, categories=[])
        await cell.run_jobs()
        assert await left(session) == 0
        await registered(cell)
        await cell.run_jobs()
        await until(lambda: relay.stats.backlog == 0 and relay.stats.published == 1, within_seconds=10)
        assert await left(session) == 1
        await gauges.look()
        assert {one.value for one in gauges.held} == {0}


async def test_a_hub_that_goes_away_is_seen_and_so_is_its_return(tmp_path: Path) -> None:
    async with a_border(tmp_path) as border, border.cell(HERE) as here:
        gauges = BorderGauges(here.border, Telemetry())

        async def sees(*, hub: bool) -> bool:
            """Whether the edge is there and the hub is as stated, as the metrics say."""
            await gauges.look()
            found = {one.about["peer"]: one.value for one in gauges.connected if one.about["service"] == PARTNERS}
            return found == {"edge": 1, "hub": int(hub)}

        await until(partial(sees, hub=True), within_seconds=CROSSED_SECONDS, every_seconds=0.5)
        await border.stop_hub()
        await until(partial(sees, hub=False), within_seconds=CROSSED_SECONDS, every_seconds=0.5)
        await border.start_hub()
        await until(partial(sees, hub=True), within_seconds=CROSSED_SECONDS, every_seconds=0.5)


async def test_what_was_held_leaves_after_a_restart(tmp_path: Path) -> None:
    async with alone(tmp_path) as cell, cell.client() as client:
        await approved(client, "First Company GmbH")
        await until(lambda: cell.border.relays[PARTNERS].blocked.total() == 1, within_seconds=10)
    async with alone(tmp_path) as cell, administrator_of(cell) as session:
        assert await left(session) == 0
        await registered(cell)
        await cell.run_jobs()
        await until(lambda: cell.border.relays[PARTNERS].stats.published == 1, within_seconds=10)
        assert await left(session) == 1
        assert not cell.border.relays[PARTNERS].blocked


async def left(session: Session) -> int:
    """How many messages are on the edge for other cells."""
    found = await ask(session, f"STREAM.INFO.{outgoing_stream(HERE)}")
    return int(found["state"]["messages"])


async def refusals(cell: RunningCell, client: Any) -> list[str]:
    """The reasons of messages that the gate held, as the trail has them."""
    await cell.settled()
    found = await scenario(client).ask(COMPLIANCE, "ListAuditEntries", page_size=200)
    return [one.reason for one in found.entries if one.method == f"{PARTNERS}__edge"]


async def test_a_cell_without_a_hub_has_no_edge(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(builders(PARTNERS), settings) as cell, cell.client() as client:
        await approved(client, "First Company GmbH")
        await cell.settled()
        assert cell.border.edge is None
        assert not cell.border.relays
        assert await listed(cell) == ["First Company GmbH"]
        assert not (tmp_path / HERE / "edge").exists()
