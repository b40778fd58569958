"""A file that somebody made to be checked costs no more than in proportion to its bytes."""

import tracemalloc
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from time import process_time

import pytest

from libs.audit.findings import MOST_FINDINGS
from libs.audit.lines import Unreadable
from libs.audit.verification import read_kept, verify
from tests.unit.libs.audit.exports import PUBLIC, an_entry, an_export, lines_of

KIB = 1024


def _unreadable(count: int) -> bytes:
    return b"".join([*an_export()[:4], b"\n" * count, *an_export()[4:]])


def _gaps(count: int) -> bytes:
    """Nothing but odd entries, and ten times as many lines that nobody can read."""
    lines = lines_of([an_entry(number) for number in range(2 * count)])
    entries = [line for line in lines if line.startswith(b'{"entry"')]
    return b"".join([lines[0], *entries[1::2], b"\n" * 10 * count, *lines[-1:]])


def _forged(count: int) -> bytes:
    lines = an_export()
    return b"".join([*lines[:-1], *[lines[6].replace(b'"tree_size":5', b'"tree_size":6')] * count, lines[-1]])


@pytest.mark.parametrize("file", [_unreadable(200_000), _gaps(2_000), _forged(2_000)], ids=["lines", "gaps", "forged"])
def test_of_a_file_that_is_wrong_throughout_the_first_findings_are_told(file: bytes) -> None:
    assert len(verify(BytesIO(file), PUBLIC).findings) == MOST_FINDINGS


def test_lines_that_nobody_can_read_take_no_memory() -> None:
    file = BytesIO(_unreadable(200_000))
    tracemalloc.start()
    verify(file, PUBLIC)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 256 * KIB


def _seconds(file: bytes) -> float:
    started = process_time()
    verify(BytesIO(file), PUBLIC)
    return process_time() - started


def _ratio(files: Sequence[bytes]) -> float:
    small, large = (min(_seconds(file) for _ in range(3)) for file in files)
    return large / small


def test_four_times_the_gaps_cost_no_more_than_in_proportion() -> None:
    """The square of it would be sixteen times as much."""
    assert _ratio([_gaps(1_000), _gaps(4_000)]) < 9


def test_of_a_file_that_was_kept_only_the_end_is_read(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_bytes(b"x" * (8 * KIB * KIB) + b"\n" + an_export()[-1])
    tracemalloc.start()
    assert read_kept(earlier).statement.tree_size == 12
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < KIB * KIB
    earlier.write_bytes(b"x" * (8 * KIB * KIB))
    with pytest.raises(Unreadable, match="the last line of"):
        read_kept(earlier)
