"""When the trail is signed: after so many entries or so much time, and never twice for the same."""

from datetime import timedelta

import pytest

from services.compliance.trail.domain.chain import HEAD, AuditCheckpoint, ChainHead, is_due
from tests.builders import NOW

ENTRIES, INTERVAL = 10, timedelta(minutes=1)
AT_20 = AuditCheckpoint(id="20", cell="local", tree_size=20, root_hash="00", time=NOW, signature="00", public_key="00")


@pytest.mark.parametrize(
    ("signed", "size", "seconds", "due"),
    [
        (None, 0, 0, False),
        (None, 1, 0, True),
        (AT_20, 20, 3600, False),
        (AT_20, 21, 59, False),
        (AT_20, 21, 60, True),
        (AT_20, 29, 0, False),
        (AT_20, 30, 0, True),
    ],
)
def test_a_checkpoint_is_due(signed: AuditCheckpoint | None, size: int, seconds: int, due: bool) -> None:
    head = ChainHead(id=HEAD, size=20 if signed else 0, signed=signed)
    assert is_due(head, size, entries=ENTRIES, interval=INTERVAL, now=NOW + timedelta(seconds=seconds)) is due
