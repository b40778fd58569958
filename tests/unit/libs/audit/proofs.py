"""A proof made by hand, with a key of its own: a request of two rounds, two services, a package taken twice."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.proof.lines import (
    END,
    Header,
    checkpoint_line,
    entry_line,
    header_line,
    signed_text,
    statement_line,
)
from libs.audit.proof.verification import Report, verify
from libs.audit.statements import Purpose, Signed, Statement, canonical
from libs.audit.tree import leaf_hash
from tests.unit.libs.audit import naive
from tests.unit.libs.audit.exports import KEY, PUBLIC

CASE = "dsr_local_1"
TIME = "2026-03-02T09:00:00.000000Z"
SERVICES = ("deals", "tickets")
BEFORE, SIZE = 5, 40
WITHHELD = ("deals, card: 1 persons masked", "every service: recorded answers")

Lines = list[bytes]


def an_event(name: str, number: int, *, service: str = "compliance", about: str = CASE) -> dict[str, Any]:
    """The entry of an event of this name."""
    return {
        "id": f"aud_local_{number}",
        "time": TIME,
        "actor": "dev:officer",
        "outcome": "SUCCEEDED",
        "service": service,
        "resource_id": about,
        "event_type": f"prm.{service}.v1.{name}",
        "event_id": f"evt_local_{number}",
        "commitment": "c" * 64,
    }


def steps() -> list[dict[str, Any]]:
    """The entries of the request in order."""
    located = [("SubjectDataLocated", service, f"{CASE}:{round}") for round in (1, 2) for service in SERVICES]
    events = [
        ("SubjectRequestOpened", "compliance", CASE),
        *located[:2],
        ("SubjectRequestOpened", "compliance", CASE),
        *located[2:],
        *((f"SubjectRequest{name}", "compliance", CASE) for name in ("Prepared", "Exported", "Completed", "Exported")),
        ("PurgeRunEnded", "deals", "prn_local_1"),
    ]
    return [
        an_event(name, number, service=service, about=about) for number, (name, service, about) in enumerate(events)
    ]


def an_answer(service: str, round: int) -> dict[str, Any]:
    """What a service signs about a round."""
    return {
        "case_id": CASE,
        "service": service,
        "round": round,
        "counts": [{"kind": "card", "rows": round}],
        "alias_hashes": ["a" * 32],
        "sha256": hashlib.sha256(f"{service}{round}".encode()).hexdigest(),
        "withheld_count": 1 if service == "deals" else 0,
    }


def answers() -> list[dict[str, Any]]:
    """The answers of both services to both rounds."""
    return [an_answer(service, round) for round in (1, 2) for service in SERVICES]


def a_package(**fields: Any) -> dict[str, Any]:
    """What the cell signs about the package."""
    parts = [
        {name: one[name] for name in ("service", "round", "counts", "sha256")} for one in answers() if one["round"] == 2
    ]
    content = {
        "case_id": CASE,
        "round": 2,
        "sha256": "f" * 64,
        "row_count": 4,
        "services": [*SERVICES],
        "answers": parts,
        "withheld": [*WITHHELD],
        "downloads": 2,
    }
    return {**content, **fields}


def an_erasure(of: str = CASE, *, withheld: bool = False) -> dict[str, Any]:
    """What the cell signs about the erasure of the person, for the request `of`."""
    content = {
        "case_id": of,
        "certify_time": TIME,
        "statements": [{"service": one, "withheld": [{"kind": "card"}] if withheld else []} for one in SERVICES],
    }
    certificate = msgspec.json.encode(content).decode()
    return {"case_id": CASE, "erasure_case_id": of, "certificate": certificate}


def a_purge(service: str = "deals", run_id: str = "prn_local_1") -> dict[str, Any]:
    """What the cell passes on of the purge of a service, which has signed the report."""
    purged = [{"kind": "card", "rule": "ended", "rows": 3, "frozen": 1}]
    content = {"service": service, "run_id": run_id, "purged": purged, "rehearsal": False, "end_time": TIME}
    report = "prm-purge-report/1\n" + msgspec.json.encode(content, order="sorted").decode()
    signature = KEY.sign(report.encode()).hex()
    about = {"case_id": CASE, "service": service, "run_id": run_id}
    return {**about, "report": report, "report_signature": signature}


def signed(kind: str, fields: dict[str, Any], key: Ed25519PrivateKey = KEY) -> bytes:
    """The line of a statement."""
    return statement_line(kind, fields, key.sign(signed_text(kind, fields)).hex())


def an_end(body: Sequence[bytes], key: Ed25519PrivateKey = KEY, **fields: Any) -> bytes:
    """The end of the lines before it, with everything counted and hashed."""
    kinds = Counter(str(msgspec.json.decode(one)["kind"]) for one in body)
    content: dict[str, Any] = {
        "cell": "local",
        "case_id": CASE,
        "type": "ACCESS",
        "state": "COMPLETED",
        "round": 2,
        "services": [*SERVICES],
        "lines": [{"kind": kind, "lines": count} for kind, count in sorted(kinds.items())],
        "sha256": hashlib.sha256(b"".join(body)).hexdigest(),
        "time": TIME,
        **fields,
    }
    return signed(END, content, key)


def a_body(
    entries: Sequence[dict[str, Any]] | None = None,
    said: Sequence[tuple[str, dict[str, Any]]] | None = None,
) -> Lines:
    """The lines before the end, with a trail of 40 entries in which those of the request begin at the 7th."""
    told = [*(steps() if entries is None else entries)]
    statements = said_in_order() if said is None else [*said]
    leaves = [leaf_hash(canonical({"id": f"other_{number}"})) for number in range(SIZE)]
    places = range(6, 6 + 2 * len(told), 2)
    for place, one in zip(places, told, strict=True):
        leaves[place] = leaf_hash(canonical(one))
    proven = [
        entry_line(one, place, leaves[place].hex(), naive.path(place, leaves))
        for place, one in zip(places, told, strict=True)
    ]
    return [
        header_line(Header("local", CASE)),
        checkpoint_line(_checkpoint(leaves[:BEFORE]), after=False),
        *proven,
        *(signed(kind, fields) for kind, fields in statements),
        checkpoint_line(_checkpoint(leaves), after=True, hashes=naive.proof(BEFORE, leaves)),
    ]


def said_in_order() -> list[tuple[str, dict[str, Any]]]:
    """All statements of the request."""
    return [*(("answer", one) for one in answers()), ("package", a_package()), ("purge", a_purge())]


def a_proof(change: Callable[[Lines], None] | None = None, **end: Any) -> Lines:
    """The whole proof. change: what is done to its lines before the end counts and signs them."""
    body = a_body()
    if change is not None:
        change(body)
    return [*body, an_end(body, **end)]


def checked(lines: Sequence[bytes], key: bytes = PUBLIC) -> Report:
    """What the verifier says."""
    return verify(BytesIO(b"".join(lines)), key)


def _checkpoint(leaves: Sequence[bytes]) -> Signed:
    statement = Statement("local", len(leaves), naive.root(leaves).hex(), TIME)
    return Signed(Purpose.CHECKPOINT, statement, KEY.sign(statement.text(Purpose.CHECKPOINT)).hex())
