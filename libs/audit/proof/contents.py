"""What the statements of a proof say, and what its entries are about; read from lines that were checked before."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..lines import Unreadable
from .lines import Entry

OPENED, LOCATED, PREPARED = "SubjectRequestOpened", "SubjectDataLocated", "SubjectRequestPrepared"
EXPORTED, COMPLETED = "SubjectRequestExported", "SubjectRequestCompleted"
CERTIFIED = "ErasureCertified"
PURGED = "PurgeRunEnded"
PURGE_REPORT = "prm-purge-report/1"  # the first line of what a service signs about a run


class Answer(NamedTuple):
    """The answer of a service to a round. rows: the number of rows found, by kind. sha256: of what it handed over.
    withheld: how many things it leaves out; None if it does not say so."""

    case_id: str
    service: str
    round: int
    rows: tuple[tuple[str, int], ...]
    sha256: str
    withheld: int | None = None


class Package(NamedTuple):
    """A package that was handed out. sha256: of its manifest. answers: those it is made of, by service and round.
    missing: services that had not answered. withheld: a sentence for each thing left out. downloads: how often."""

    case_id: str
    round: int
    sha256: str
    row_count: int
    services: tuple[str, ...]
    missing: tuple[str, ...]
    answers: tuple[Answer, ...]
    withheld: tuple[str, ...]
    downloads: int


class Erased(NamedTuple):
    """The person was erased from the request, with the answers that services had signed. erasure_case_id: of the
    request for the erasure. sha256: of its certificate; withheld: whether that says that rows were withheld."""

    case_id: str
    erasure_case_id: str
    sha256: str
    withheld: bool
    time: str


class Purge(NamedTuple):
    """A service has ended a run of its purge while the request was open. text, signature: what the service signed.
    rows, frozen: how many rows it purged, and left because somebody in them may be under a hold or a request."""

    case_id: str
    service: str
    run_id: str
    text: bytes
    signature: bytes
    rows: int
    frozen: int
    time: str


class End(NamedTuple):
    """What the proof must have: the number of lines of each kind, the SHA-256 of all bytes before the last line, and
    the state of the request with the services of its last round. missing: those that have not answered it."""

    cell: str
    case_id: str
    type: str
    state: str
    round: int
    services: tuple[str, ...]
    missing: tuple[str, ...]
    lines: tuple[tuple[str, int], ...]
    sha256: str
    time: str


class Step(NamedTuple):
    """What an entry is about. event: the name of the event's type, without its package; empty if the entry is of a
    recorded call that changed nothing."""

    event: str
    event_id: str
    service: str
    resource_id: str
    time: str
    method: str
    actor: str
    outcome: str


def answer_of(fields: Mapping[str, Any]) -> Answer:
    """The answer in a statement; Unreadable."""
    return Answer(
        case_id=_text(fields, "case_id"),
        service=_text(fields, "service"),
        round=_number(fields, "round"),
        rows=tuple((_text(one, "kind"), _number(one, "rows")) for one in _objects(fields, "counts")),
        sha256=_text(fields, "sha256"),
        withheld=_number(fields, "withheld_count") if "withheld_count" in fields else None,
    )


def package_of(fields: Mapping[str, Any]) -> Package:
    """The package in a statement; Unreadable."""
    case_id = _text(fields, "case_id")
    return Package(
        case_id=case_id,
        round=_number(fields, "round"),
        sha256=_text(fields, "sha256"),
        row_count=_number(fields, "row_count"),
        services=_texts(fields, "services"),
        missing=_texts(fields, "missing_services"),
        answers=tuple(answer_of({**one, "case_id": case_id}) for one in _objects(fields, "answers")),
        withheld=_texts(fields, "withheld"),
        downloads=_number(fields, "downloads"),
    )


def erased_of(fields: Mapping[str, Any]) -> Erased:
    """The erasure in a statement; Unreadable also if the certificate is not one of this erasure."""
    text, case_id = _text(fields, "certificate"), _text(fields, "erasure_case_id")
    try:
        certificate = json.loads(text)
        about = certificate["case_id"]
        withheld = any(one["withheld"] for one in certificate["statements"])
        time = str(certificate["certify_time"])
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise Unreadable("the certificate is none") from err
    if about != case_id:
        raise Unreadable("the certificate is of another erasure")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Erased(_text(fields, "case_id"), case_id, sha256, withheld, time)


def purge_of(fields: Mapping[str, Any]) -> Purge:
    """The report of a purge in a statement; Unreadable also if the report is not one of this service
    and run, or of a rehearsal."""
    text, service, run_id = _text(fields, "report"), _text(fields, "service"), _text(fields, "run_id")
    first, _, content = text.partition("\n")
    try:
        report = json.loads(content)
        about = first, report["service"], report["run_id"]
        purged = report["purged"]
        rows, frozen = (sum(_number(one, name) for one in purged) for name in ("rows", "frozen"))
        rehearsal, time = report["rehearsal"], str(report["end_time"])
        signature = bytes.fromhex(_text(fields, "report_signature"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise Unreadable("the report of the purge is none") from err
    if about != (PURGE_REPORT, service, run_id):
        raise Unreadable("the report is of another purge")
    if rehearsal is not False:
        raise Unreadable("the report is of a rehearsal, which purged nothing")
    return Purge(_text(fields, "case_id"), service, run_id, text.encode(), signature, rows, frozen, time)


def end_of(fields: Mapping[str, Any]) -> End:
    """The end in a statement; Unreadable."""
    return End(
        cell=_text(fields, "cell"),
        case_id=_text(fields, "case_id"),
        type=_text(fields, "type"),
        state=_text(fields, "state"),
        round=_number(fields, "round"),
        services=_texts(fields, "services"),
        missing=_texts(fields, "missing_services"),
        lines=tuple((_text(one, "kind"), _number(one, "lines")) for one in _objects(fields, "lines")),
        sha256=_text(fields, "sha256"),
        time=_text(fields, "time"),
    )


def step_of(entry: Entry) -> Step:
    """What an entry is about; Unreadable."""
    fields = entry.fields
    recorded = not fields.get("commitment")
    return Step(
        event="" if recorded else _text(fields, "event_type").rpartition(".")[2],
        event_id=_text(fields, "event_id"),
        service=_text(fields, "service"),
        resource_id=_text(fields, "resource_id") if "resource_id" in fields else "",
        time=_text(fields, "time"),
        method=_text(fields, "method") if "method" in fields else "",
        actor=_text(fields, "actor") if "actor" in fields else "",
        outcome=_text(fields, "outcome"),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := fields.get(name), str):
        raise Unreadable(f"{name} is no text")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    if not isinstance(value := fields.get(name), int):
        raise Unreadable(f"{name} is no number")
    return value


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = fields.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Unreadable(f"{name} is no list of texts")
    return tuple(found)


def _objects(fields: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    found = fields.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unreadable(f"{name} is no list of objects")
    return tuple(found)
