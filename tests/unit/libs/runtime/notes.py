"""Two small services: one takes notes and says so, the other one copies what it hears of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import Call
from libs.clock import Clock
from libs.config import Settings
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.messaging.outbox import Encoded
from libs.privacy.keys import create_keys
from libs.rpc.client import Client
from libs.runtime.cell import RunningCell, running
from libs.runtime.platform import Platform, Wrap
from libs.runtime.service import Build, Job, Service
from libs.store.port import Document, Kind, Query, create
from libs.telemetry import Telemetry
from tests.unit.libs.rpc.probe import message, service

SAVE = "prm.probe.v1.MirrorService/Save"
NOTES_RPC, COPIES_RPC = "prm.probe.v1.MirrorService", "prm.probe.v1.ProbeService"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of both."""

    length: int = 20


class Note(Document, frozen=True, kw_only=True):
    """A document of either."""

    text: str


class NoteTaken(msgspec.Struct, frozen=True):
    """The event of the first."""

    text: str


NOTES, COPIES = Kind("note", Note), Kind("copy", Note)
NoteEnv = Env[Policy]
Hook = Callable[[], Any]


def encode(event: msgspec.Struct) -> Encoded:
    assert isinstance(event, NoteTaken)
    return Encoded("prm.probe.v1.NoteTaken", "notes.note.taken", event.text.encode())


async def pass_by() -> None:
    """Do nothing."""


class Hooks:
    """What a test wants to happen, and what did happen."""

    def __init__(self) -> None:
        self.in_call: Hook = pass_by
        self.in_consumer: Hook = pass_by
        self.in_job: Callable[[], Any] = self._moves_nothing
        self.order: list[str] = []

    @staticmethod
    async def _moves_nothing() -> int:
        return 0


class NotesService:
    """Save: one note, one event."""

    def __init__(self, env: NoteEnv, hooks: Hooks) -> None:
        self._env = env
        self._hooks = hooks

    async def Save(self, request: Any, call: Call) -> Any:
        await self._hooks.in_call()
        note = Note(id=request.id, text=request.title)
        await self._env.commit(create(NOTES, note), events=[NoteTaken(request.title)], call=call)
        return message("SaveResponse", id=call.traceparent)


class CopiesService:
    """Only there to have a second service with other methods."""

    async def Save(self, request: Any, call: Call) -> Any:
        return message("SaveResponse")

    async def Watch(self, request: Any, call: Call) -> AsyncIterator[Any]:
        yield message("SaveResponse")

    async def Import(self, requests: Any, call: Call) -> AsyncIterator[Any]:
        yield message("SaveResponse")

    async def Count(self, requests: Any, call: Call) -> Any:
        return message("SaveResponse")


def builders(hooks: Hooks) -> Mapping[str, Build]:
    """Both services."""

    async def build_notes(platform: Platform) -> Service:
        settings = platform.settings("notes", Policy)
        env = await platform.env("notes", kinds=[NOTES], encode=encode, settings=settings)

        async def run(_: NoteEnv) -> int:
            moved: int = await hooks.in_job()
            return moved

        job = Job("notes__sweep", timedelta(milliseconds=20), run)
        servicer = NotesService(env, hooks)
        return Service(name="notes", descriptors=(service("MirrorService"),), servicer=servicer, env=env, jobs=[job])

    async def build_copies(platform: Platform) -> Service:
        env = await platform.env("copies", kinds=[COPIES], encode=encode, settings=Policy())

        async def copy(env: NoteEnv, envelope: Envelope, call: Call) -> None:
            await hooks.in_consumer()
            note = Note(id=envelope.about, text=envelope.body.decode())
            await env.commit(create(COPIES, note), call=call)

        table = [Consumer("notes.note.taken", copy)]
        return Service(name="copies", descriptors=(service(),), servicer=CopiesService(), env=env, consumers=table)

    return {"notes": build_notes, "copies": build_copies}


def settings(folder: Path, **changes: Any) -> Settings:
    """An embedded cell in a folder, on any free port; beside a broker of its own it needs keys."""
    if "nats_url" in changes and "keys_dir" not in changes:
        create_keys(folder / "keys", ["notes", "copies"])
        changes["keys_dir"] = folder / "keys"
    return replace(Settings(data_dir=folder, listen="127.0.0.1:0", drain_seconds=10.0), **changes)


@asynccontextmanager
async def at_work(
    folder: Path,
    hooks: Hooks | None = None,
    *,
    clock: Clock | None = None,
    telemetry: Telemetry | None = None,
    wrap: Wrap | None = None,
    sweep: bool = False,
    **changes: Any,
) -> AsyncIterator[tuple[RunningCell, Client]]:
    """Both services in one process, and a client."""
    cell = running(
        builders(hooks or Hooks()),
        settings(folder, **changes),
        clock=clock,
        telemetry=telemetry,
        wrap=wrap,
        sweep=sweep,
        environ={"PRM_NOTES_LENGTH": "7"},
    )
    async with cell as started, started.client() as client:
        yield started, client


async def take(client: Client, number: int, **options: Any) -> Any:
    """Take a note."""
    return await client.call(SAVE, message("SaveRequest", id=f"not_local_{number}", title=f"note {number}"), **options)


async def copies(cell: RunningCell) -> list[str]:
    """The texts that arrived, oldest first."""
    page = await cell.env("copies").store.find(Query(kind=COPIES))
    return [row.value.text for row in page.rows]


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()
