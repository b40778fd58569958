"""The trail records each change, each read of personal data and each refusal in a cell, and never the data itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.audit.signatures import PublicKeys, read_keys
from libs.audit.verification import verify
from libs.clock import ShiftedClock
from libs.config import Settings
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.rpc.client import CallFailed, Client
from libs.rpc.disclosure import IMPERSONAL, shown_by
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.demo.aftermath import REQUESTER
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from services.demo.story import STEPS, TIMED_STEPS, play
from tests.contracts.proto.image import Method, built
from tests.system.commits import Commits, CommittedEvent
from tests.system.extra_calls import drive
from tests.system.processes import embedded
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("audit")

MARKS = ("Zäpfle-Marked", "zaepfle-marked@example.org", "+4930901820999")
# Values of personal data that are too short or too common to search for.
_SHORT = 5

# Verbs of methods that create or remove an object, so that no field of it has changed.
MAKING = (
    *(
        "Add",
        "Apply",
        "Authorize",
        "Begin",
        "ClosePeriod",
        "Create",
        "Draft",
        "Give",
        "Grant",
        "Open",
        "SubmitFundClaim",
        "Import",
        "Issue",
        "PublishPrivacyNotice",
        "PublishLeadScoring",
        "InvitePartner",
        "RecordTouch",
        "TraceSerial",
        "ForecastDemand",
        "InviteMember",
        "LinkRequest",
        "PutRates",
        "RehearsePurge",
        "RatePartner",
        "ReportPrice",
        "ReportSighting",
        "RecordCustody",
        "PutRoiStatement",
    ),
    *(
        "RecordBreach",
        "RecordCompletion",
        "RecordCreditSplit",
        "RecordLogEntry",
        "RecordPursuitActivity",
        "RecordReview",
        "RecordTransfer",
        "RateDistributor",
    ),
    *("Register", "Remove"),
)

SUCCEEDED = pb.AUDIT_OUTCOME_SUCCEEDED
REFUSED = pb.AUDIT_OUTCOME_REFUSED
DISCLOSED = pb.AUDIT_OUTCOME_DISCLOSED


WANTED = REQUESTER["email"]  # of whom somebody looks for tickets


class Made(msgspec.Struct, frozen=True):
    """A call that was made. code: the status code of a refusal, empty if the call was answered."""

    path: str
    request: Any
    replies: tuple[Any, ...]
    code: str = ""


class Watched:
    """A client that records every call made through it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.made: list[Made] = []

    async def call(self, path: str, request: Any, /) -> Any:
        try:
            reply = await self._client.call(path, request, attempts=1)
        except CallFailed as err:
            self.made.append(Made(path, request, (), err.code))
            raise
        self.made.append(Made(path, request, (reply,)))
        return reply

    async def stream(self, path: str, request: Any, /) -> AsyncIterator[Any]:
        replies = []
        async for reply in self._client.stream(path, request):
            replies.append(reply)
            yield reply
        self.made.append(Made(path, request, tuple(replies)))


class Trail(msgspec.Struct, frozen=True):
    """The calls that were made and the records of them. told: the events as they were committed; exported: the file
    that `prm audit export` writes."""

    made: tuple[Made, ...]
    told: tuple[CommittedEvent, ...]
    entries: tuple[pb.AuditEntry, ...]
    exported: bytes
    keys: PublicKeys


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    with embedded(tmp_path_factory.mktemp("cell")) as settings:
        return asyncio.run(_lived(settings))


async def _lived(settings: Settings) -> Trail:
    clock, commits = ShiftedClock(), Commits()
    async with (
        running(builders(), settings, clock=clock, sweep=False, wrap=commits.wrap) as cell,
        cell.client(subject="first") as first,
        cell.client(subject="second") as second,
        cell.client("marketing", subject="curious") as curious,
        Client(cell.address) as nobody,
    ):

        async def wait(time: timedelta) -> None:
            await cell.settled()
            clock.advance(time)
            await cell.run_jobs()
            await cell.settled()

        watched = [Watched(one) for one in (first, second)]
        clients, others = (dict.fromkeys(SERVICES, one) for one in watched)
        scenario = ScenarioClient(clients, second=others, run="trail", today=clock.now().date(), wait=wait)
        await play(scenario, (*STEPS, *TIMED_STEPS))
        await drive(scenario, first, cell)
        await second.call(rpc_path("tickets", "ListTickets"), tickets_pb.ListTicketsRequest(requester_email=WANTED))
        await _ask_in_vain(first, curious, nobody)
        await wait(timedelta(minutes=2))
        entries = await _entries(cell, first)
        await wait(timedelta(minutes=2))
        exported = b"".join(
            [piece.data async for piece in first.stream(rpc_path("compliance", "ExportAudit"), pb.ExportAuditRequest())]
        )
        signed = await first.call(rpc_path("compliance", "GetCheckpoint"), pb.GetCheckpointRequest())
        made = tuple(one for client in watched for one in client.made)
        return Trail(made, tuple(commits.told), entries, exported, read_keys(signed.public_keys))


async def _ask_in_vain(first: Client, curious: Client, nobody: Client) -> None:
    """Call every unary method with a mark in every string field, so that each call is refused: as the first caller, as
    one without permission, and as one without a token. The second has a low rate limit and repeats the calls that
    exceed it."""
    for method in (one for one in built().methods if one.unary):
        path = method.name.removeprefix(".")
        service, _, name = path.rpartition(".")
        request = _marked(Default().FindMessageTypeByName(method.request.name))
        for client, attempts in ((first, 1), (curious, 5), (nobody, 1)):
            try:
                await client.call(f"{service}/{name}", request, attempts=attempts)
            except CallFailed as err:
                if err.code in ("INTERNAL", "UNKNOWN"):
                    raise AssertionError(f"{path} should have been refused") from err


def _marked(descriptor: Descriptor, depth: int = 0) -> Any:
    """A message with a mark in every string field."""
    made: Any = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.type == field.TYPE_STRING:
            if field.is_repeated:
                getattr(made, field.name).extend(MARKS)
            else:
                setattr(made, field.name, MARKS[field.number % len(MARKS)])
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry and depth < 4:
            below = _marked(field.message_type, depth + 1)
            if field.is_repeated:
                getattr(made, field.name).append(below)
            else:
                getattr(made, field.name).CopyFrom(below)
    return made


async def _entries(cell: RunningCell, client: Client) -> tuple[pb.AuditEntry, ...]:
    """All entries of the trail, once they are chained."""

    async def all_chained() -> tuple[pb.AuditEntry, ...]:
        await cell.run_jobs()
        found: list[Any] = []
        token = ""
        while True:
            request = pb.ListAuditEntriesRequest(page_size=200, page_token=token)
            page = await client.call(rpc_path("compliance", "ListAuditEntries"), request)
            found += page.entries
            if not (token := page.next_page_token):
                return tuple(found) if all(entry.leaf_hash for entry in found) else ()

    return await until(all_chained, within_seconds=60.0)


def _methods() -> dict[str, Method]:
    """All methods by their path without the leading slash."""
    return {"/".join(one.name.removeprefix(".").rsplit(".", 1)): one for one in built().methods}


def _access(method: Method) -> Any:
    assert method.access is not None
    return method.access


def test_every_changing_method_is_in_the_trail(trail: Trail) -> None:
    told = {entry.method.removeprefix("/") for entry in trail.entries if entry.outcome == SUCCEEDED}
    changing = {path for path, one in _methods().items() if not _access(one).read_only}
    assert " ".join(sorted(path.rpartition("/")[2] for path in changing - told)) == ""


def test_every_change_names_who_did_it_to_what_by_which_request(trail: Trail) -> None:
    by_request = {(one.method, one.caused_by_request_id): one for one in trail.entries if one.outcome == SUCCEEDED}
    counted = 0
    for made in trail.made:
        if made.code or not getattr(made.request, "request_id", ""):
            continue
        entry = by_request.get((f"/{made.path}", made.request.request_id))
        assert entry is not None, made.path
        assert entry.actor in ("dev:first", "dev:second")
        assert list(entry.roles) == ["administrator"]
        assert entry.resource_id
        counted += 1
    assert counted > 40


def test_every_entry_of_a_change_names_exactly_the_fields_that_changed(trail: Trail) -> None:
    entries = {one.event_id: one for one in trail.entries if one.outcome == SUCCEEDED}
    changes = [one for one in trail.told if one.envelope.id in entries]
    wrong = [
        (one.envelope.method, one.envelope.type, sorted(named), sorted(one.changed))
        for one in changes
        if (named := set(entries[one.envelope.id].changed_fields)) != one.changed
    ]
    assert wrong == []
    assert [one.envelope.type for one in changes if not one.written] == []
    changing = {f"/{path}" for path, one in _methods().items() if not _access(one).read_only}
    two_persons = {f"/{path}" for path, one in _methods().items() if _access(one).four_eyes}  # the second changes it
    assert changing <= {one.envelope.method for one in changes}
    updating = {path for path in changing if not path.rpartition("/")[2].startswith(MAKING)} - two_persons
    assert updating <= {one.envelope.method for one in changes if one.changed}


def test_an_update_names_the_fields_that_changed_and_a_creation_none(trail: Trail) -> None:
    changed = {
        entry.event_type.rpartition(".")[2]: set(entry.changed_fields)
        for entry in trail.entries
        if entry.method.rpartition("/")[2] in ("CreateRegistration", "ApproveRegistration", "ApprovePartner")
        and entry.outcome == SUCCEEDED
    }
    assert changed["RegistrationCreated"] == set()
    assert {"review", "protected_until"} <= changed["RegistrationApproved"]
    assert "status" in changed["PartnerApproved"]


def test_who_looked_for_a_person_is_in_the_trail_with_what_was_shown_and_not_the_address(trail: Trail) -> None:
    """A page before, by the demonstration, shows every ticket; this one those of one requester."""
    listing = f"/{rpc_path('tickets', 'ListTickets')}"
    looks = [one for one in trail.entries if (one.method, one.actor) == (listing, "dev:second")]
    [look] = [one for one in looks if one.outcome == DISCLOSED]
    assert look.shown_ids
    assert all(id.startswith("tkt_") for id in look.shown_ids)
    assert not any(WANTED in str(one) for one in trail.entries)


def test_every_look_at_personal_data_is_in_the_trail_with_the_rows_that_were_shown(trail: Trail) -> None:
    told = Counter(
        (entry.method, entry.actor, tuple(entry.shown_ids)) for entry in trail.entries if entry.outcome == DISCLOSED
    )
    methods, counted = _methods(), 0
    for made in trail.made:
        access, method = _access(methods[made.path]), methods[made.path]
        if not access.reveals_personal_data or not access.read_only:
            continue
        shown = shown_by(Default().FindMessageTypeByName(method.response.name))
        assert shown is not None
        for reply in made.replies:
            if (ids := shown(reply)) is not None:
                assert any(told[(f"/{made.path}", actor, ids)] for actor in ("dev:first", "dev:second")), made.path
                counted += 1
    assert counted > 0
    exported = {entry.resource_id for entry in trail.entries if entry.method.endswith("/ExportRequest")}
    assert {entry.resource_id for entry in trail.entries if entry.outcome == DISCLOSED} & exported


def test_every_refusal_is_in_the_trail_with_its_reason(trail: Trail) -> None:
    told = {(entry.method, entry.reason, entry.actor) for entry in trail.entries if entry.outcome == REFUSED}
    for path, method in _methods().items():
        if method.unary:
            assert (f"/{path}", "TOKEN_MISSING", "") in told
    refused = {path for path, reason, actor in told if (reason, actor) == ("PERMISSION_DENIED", "dev:curious")}
    assert f"/{rpc_path('orders', 'RecordPayment')}" in refused
    accountable = [
        path
        for path, one in _methods().items()
        if one.unary and (not _access(one).read_only or _access(one).reveals_personal_data)
    ]
    for path in accountable:
        reasons = {reason for method, reason, actor in told if (method, actor) == (f"/{path}", "dev:first")}
        assert reasons & {"INVALID_INPUT", "WRONG_CELL"}, path


def test_no_entry_holds_personal_data(trail: Trail) -> None:
    said = {text for made in trail.made for text in _personal(made.request)} | set(MARKS)
    assert len(said) > 20
    exported = trail.exported.decode()
    listed = "\n".join(str(entry) for entry in trail.entries)
    assert [text for text in said if text in exported or text in listed] == []


def _personal(message: Message) -> Iterator[str]:
    """All values in a message that the proto marks as personal data."""
    for field, value in message.ListFields():
        category = field.GetOptions().Extensions[options_pb2.category]
        values = list(value) if field.is_repeated and field.type != field.TYPE_BYTES else [value]
        for one in values:
            if isinstance(one, Message):
                yield from _personal(one)
            elif isinstance(one, str) and category not in IMPERSONAL and len(one) >= _SHORT:
                yield one


def test_the_export_of_it_all_is_sound(trail: Trail) -> None:
    report = verify(BytesIO(trail.exported), trail.keys)
    assert report.findings == ()
    assert report.entries >= len(trail.entries)
