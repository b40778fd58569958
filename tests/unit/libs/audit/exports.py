"""An export made by hand, with a key of its own."""

from collections.abc import Sequence
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.findings import Report
from libs.audit.lines import Header, entry_line, header_line, signed_line
from libs.audit.statements import Purpose, Signed, Statement, canonical
from libs.audit.tree import Frontier, leaf_hash
from libs.audit.verification import verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER_PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
EVERY = 5  # entries from checkpoint to checkpoint


def an_entry(number: int) -> dict[str, object]:
    return {"id": f"aud_local_{number}", "actor": "häns", "resource_version": number, "time": "2026-03-02T09:00:00Z"}


def signed(frontier: Frontier, purpose: Purpose, key: Ed25519PrivateKey = KEY, cell: str = "local") -> Signed:
    statement = Statement(cell, frontier.size, frontier.root.hex(), "2026-03-02T09:00:00.000000Z")
    return Signed(purpose, statement, key.sign(statement.text(purpose)).hex())


def lines_of(entries: Sequence[dict[str, object]], *, key: Ed25519PrivateKey = KEY) -> list[bytes]:
    """A whole export: a checkpoint every five entries, the end last."""
    lines, frontier = [header_line(Header("local", len(entries)))], Frontier()
    for number, entry in enumerate(entries):
        leaf = leaf_hash(canonical(entry))
        lines.append(entry_line(number, leaf.hex(), entry))
        frontier = frontier.append(leaf)
        if frontier.size % EVERY == 0:
            lines.append(signed_line(signed(frontier, Purpose.CHECKPOINT, key)))
    return [*lines, signed_line(signed(frontier, Purpose.END, key))]


def an_export(size: int = 12) -> list[bytes]:
    """Line 1 is the header, lines 2 to 6 are entries 0 to 4, line 7 the first checkpoint."""
    return lines_of([an_entry(number) for number in range(size)])


def checked(lines: Sequence[bytes], key: bytes = PUBLIC, kept: Signed | None = None) -> Report:
    return verify(BytesIO(b"".join(lines)), key, kept)


def said(lines: Sequence[bytes], key: bytes = PUBLIC, kept: Signed | None = None) -> list[str]:
    return [str(finding) for finding in checked(lines, key, kept).findings]
