"""The use case that proves a request; the file is that of libs/audit/proof, which also verifies it."""

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from libs.audit.proof.lines import (
    END,
    Header,
    checkpoint_line,
    entry_line,
    header_line,
    signed_text,
    statement_line,
)
from libs.audit.proof.verification import verify
from libs.audit.statements import Purpose, Signed
from libs.audit.tree import consistency_spans, inclusion_spans
from libs.call import Command
from services.compliance.erasure.domain import Erasure
from services.compliance.package.domain.handed_out import HandedOutPackage
from services.compliance.package.reads import packages_of
from services.compliance.proof.reads import (
    Entries,
    Purged,
    answers_of,
    certified_of,
    checkpoint_before,
    entries_of,
    purges_of,
)
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.settings import Env
from services.compliance.trail.domain.chain import AuditCheckpoint, NotSigned
from services.compliance.trail.domain.entries import AuditEntry, AuditOutcome
from services.compliance.trail.reads import chain_head, content, instant, proof_of, statement_of

PIECE_BYTES = 256 * 1024
ON_ITS_WAY = timedelta(minutes=5)  # an event has reached the trail and is signed by then, unless something is wrong


class ProveRequest(Command, frozen=True, kw_only=True):
    """Prove what was done for a request."""

    id: str


async def prove_request(env: Env, cmd: ProveRequest) -> tuple[bytes, ...]:
    """The proof in pieces of 256 KiB. NotFound; NotSigned while a step is not covered by a checkpoint yet.

    It shows what is stored, right or wrong, so that the verifier finds the fault.
    """
    request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    head = (await chain_head(env.store)).value
    if head.signed is None:
        raise NotSigned(1, 0)
    packages = await packages_of(env.store, request.id)
    purges = await purges_of(env.store, request)
    entries = await entries_of(env.store, request, purges)
    if any(_is_step(one) and not _is_signed(one, head.signed) for one in entries.found):
        raise NotSigned(head.size + 1, head.signed_size)
    said = [_statement(env, "package", _package(env, one)) for one in packages]
    said += [_statement(env, "erasure", _erased(env, request, one)) for one in await certified_of(env.store, request)]
    said += [_statement(env, "purge", _purged(env, request, one)) for one in purges]
    proof = await _proof(env, request, entries, said, head.signed)
    fresh = env.clock.now() - max((request.update_time, *(one.time for one in purges))) < ON_ITS_WAY
    if fresh and not (await asyncio.to_thread(verify, io.BytesIO(proof), env.keys.public_keys())).sound:
        raise NotSigned(head.size + 1, head.signed_size)
    return tuple(proof[start : start + PIECE_BYTES] for start in range(0, len(proof), PIECE_BYTES))


async def _proof(
    env: Env,
    request: SubjectRequest,
    entries: Entries,
    said: Sequence[bytes],
    after: AuditCheckpoint,
) -> bytes:
    """The proof. said: the lines of what compliance states, in the order of the file."""
    signed = [one for one in entries.found if _is_signed(one, after)]
    first = signed[0].leaf_index if signed else None
    before = await checkpoint_before(env.store, first) if first is not None else None
    lines = [header_line(Header(env.directory.here.code, request.id))]
    if before is not None:
        lines.append(checkpoint_line(_signed(before), after=False))
    for one in signed:
        async with env.settings.exports.slice():
            lines.append(await _entry_line(env, one, after.tree_size))
    answers = await answers_of(env.store, request)
    lines += [statement_line("answer", msgspec.json.decode(one.content), one.signature) for one in answers]
    lines += said
    spans = consistency_spans(before.tree_size, after.tree_size) if before is not None else ()
    _, hashes = await proof_of(env.store, after.tree_size, spans)
    lines.append(checkpoint_line(_signed(after), after=True, hashes=[bytes.fromhex(one) for one in hashes]))
    return b"".join([*lines, _statement(env, END, _end(env, request, lines, entries.looks_left_out))])


async def _entry_line(env: Env, entry: AuditEntry, tree_size: int) -> bytes:
    index = entry.leaf_index or 0
    _, hashes = await proof_of(env.store, tree_size, inclusion_spans(index, tree_size))
    return entry_line(content(entry), index, entry.leaf_hash, [bytes.fromhex(one) for one in hashes])


def _statement(env: Env, kind: str, fields: dict[str, Any]) -> bytes:
    return statement_line(kind, fields, env.keys.sign(signed_text(kind, fields)).hex())


def _package(env: Env, package: HandedOutPackage) -> dict[str, Any]:
    """The statement about a package."""
    return {
        "cell": env.directory.here.code,
        "case_id": package.case_id,
        "round": package.round,
        "sha256": package.sha256,
        "language": package.language,
        "row_count": package.row_count,
        "services": package.services,
        "missing_services": package.missing_services,
        "answers": msgspec.to_builtins(package.answers),
        "withheld": package.withheld,
        "downloads": package.downloads,
        "first_download_time": instant(package.first_download_time),
        "last_download_time": instant(package.last_download_time),
    }


def _erased(env: Env, request: SubjectRequest, erasure: Erasure) -> dict[str, Any]:
    """The statement that the person was erased from the request, with the certificate as it was signed."""
    proof = erasure.certificate
    assert proof is not None, "the erasure is certified"
    return {
        "cell": env.directory.here.code,
        "case_id": request.id,
        "erasure_case_id": erasure.case_id,
        "certificate": proof.content.decode(),
        "certificate_signature": proof.signature.hex(),
    }


def _purged(env: Env, request: SubjectRequest, purged: Purged) -> dict[str, Any]:
    """The statement that a service ended a purge while the request was open, with its report as it was signed."""
    return {
        "cell": env.directory.here.code,
        "case_id": request.id,
        "service": purged.found.service,
        "run_id": purged.run_id,
        "report": purged.found.content.decode(),
        "report_signature": purged.found.signature.hex(),
    }


def _end(env: Env, request: SubjectRequest, lines: Sequence[bytes], looks_left_out: int) -> dict[str, Any]:
    """The statement that ends the proof and says what must be in it."""
    counted = Counter(str(msgspec.json.decode(one, type=_Kind).kind) for one in lines)
    return {
        "cell": env.directory.here.code,
        "case_id": request.id,
        "type": request.type.name,
        "regime": request.regime.name,
        "state": request.state.name,
        "round": request.round,
        "services": request.services,
        "missing_services": request.missing_services,
        "receive_time": instant(request.receive_time),
        "lines": [{"kind": kind, "lines": count} for kind, count in sorted(counted.items())],
        "looks_left_out": looks_left_out,
        "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
        "time": instant(env.clock.now()),
    }


class _Kind(msgspec.Struct):
    kind: str


def _is_step(entry: AuditEntry) -> bool:
    return entry.outcome is AuditOutcome.SUCCEEDED


def _is_signed(entry: AuditEntry, checkpoint: AuditCheckpoint) -> bool:
    return entry.leaf_index is not None and entry.leaf_index < checkpoint.tree_size


def _signed(checkpoint: AuditCheckpoint) -> Signed:
    return Signed(Purpose.CHECKPOINT, statement_of(checkpoint), checkpoint.signature)
