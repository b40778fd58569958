"""Exports the trail as a file that can be verified without this service; its lines are those of libs/audit/lines.py."""

from collections.abc import AsyncIterator

from msgspec.structs import replace

from libs.audit.lines import Header, entry_line, header_line, signed_line
from libs.audit.statements import Purpose, Signed
from libs.call import Command
from libs.store.port import Query, Store
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, CHECKPOINTS
from services.compliance.trail.domain.chain import AuditCheckpoint
from services.compliance.trail.reads import content, statement_of
from services.compliance.trail.usecases.proofs import GetCheckpoint, get_checkpoint

PIECE_BYTES = 256 * 1024
SLICE_ROWS = 50  # takes a few milliseconds, during which no other call is answered


class ExportAudit(Command, frozen=True, kw_only=True):
    """Export every entry that a checkpoint covers."""


async def export_audit(env: Env, cmd: ExportAudit) -> AsyncIterator[bytes]:
    """The file in pieces of about 256 KiB; NotSigned if there is no checkpoint yet.

    Entries are exported as stored, even if they are wrong, so that the verifier finds the fault.
    """
    newest = await get_checkpoint(env, GetCheckpoint(call=cmd.call))
    piece = [header_line(Header(newest.cell, newest.tree_size))]
    for start in range(0, newest.tree_size, SLICE_ROWS):
        async with env.settings.exports.slice():
            piece += await _lines(env.store, start, min(start + SLICE_ROWS, newest.tree_size))
        if sum(map(len, piece)) >= PIECE_BYTES:
            yield b"".join(piece)
            piece = []
    yield b"".join([*piece, _end(env, newest)])


async def _lines(store: Store, start: int, stop: int) -> list[bytes]:
    """The lines of the entries start to stop - 1. The checkpoint of a tree size follows its last entry."""
    entries = await store.find(Query(kind=AUDIT, order="leaf_index", at_least=start, below=stop, limit=SLICE_ROWS))
    signed = await store.find(
        Query(kind=CHECKPOINTS, order="tree_size", at_least=start + 1, below=stop + 1, limit=SLICE_ROWS)
    )
    checkpoints = {loaded.value.tree_size: loaded.value for loaded in signed.rows}
    found = []
    for loaded in entries.rows:
        entry = loaded.value
        index = entry.leaf_index or 0
        found.append(entry_line(index, entry.leaf_hash, content(entry)))
        if checkpoint := checkpoints.get(index + 1):
            found.append(signed_line(_signed(checkpoint)))
    return found


def _signed(checkpoint: AuditCheckpoint) -> Signed:
    return Signed(Purpose.CHECKPOINT, statement_of(checkpoint), checkpoint.signature)


def _end(env: Env, newest: AuditCheckpoint) -> bytes:
    statement = statement_of(replace(newest, time=env.clock.now()))
    signature = env.keys.sign(statement.text(Purpose.END)).hex()
    return signed_line(Signed(Purpose.END, statement, signature))
