"""A checkpoint names the end of each erasure ledger that services stated; a ledger that got shorter is found."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.audit.findings import Wrong
from libs.audit.statements import LedgerEnd
from libs.messaging.envelope import Envelope
from libs.privacy.keys import Keys
from libs.purging import PurgeRunEnded
from libs.runtime.ledger_heads import stated_end
from services.compliance.trail.usecases.proofs import GetCheckpoint, get_checkpoint
from tests.builders import NOW, an_id
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import body_of, opened
from tests.compositions import COMPOSITIONS

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def trail(tmp_path: Path, keys: Keys) -> AsyncIterator[Trail]:
    async with opened(tmp_path, COMPOSITIONS["compliance"].kinds) as store:
        yield Trail(store, keys)


def a_report(trail: Trail, service: str, number: int, *, after: timedelta = timedelta()) -> Envelope:
    """A service reports a purge, and with it the end of its ledger."""
    ended = PurgeRunEnded(
        run_id=an_id("prn"),
        service=service,
        rehearsal=False,
        purged=(),
        examined_rows=0,
        unreadable_rows=0,
        ledger_number=number,
        ledger_hash=hash_of(number),
        begin_time=NOW,
        end_time=NOW,
    )
    encoded = COMPOSITIONS[service].encode(ended)
    subject = f"prm.local.{service}.purge_run.ended"
    at = trail.clock.now() + after
    return replace(trail.an_event(), type=encoded.type, body=encoded.body, subject=subject, time=at)


def hash_of(number: int) -> str:
    return f"{number:064x}" if number else ""


async def checkpoint(trail: Trail) -> list[tuple[str, int, str]]:
    """The ledgers in the checkpoint that a minute brings."""
    trail.clock.advance(MINUTE)
    await trail.extend()
    found = await trail.look(get_checkpoint, GetCheckpoint)
    return [(one.service, one.number, one.hash) for one in found.ledgers]


def signed(trail: Trail) -> list[Envelope]:
    return [one for one in trail.told if one.type.endswith("CheckpointSigned")]


async def test_a_checkpoint_names_what_services_stated_and_is_told_when_that_changes(trail: Trail) -> None:
    await trail.hear_some(1)
    assert (await checkpoint(trail), signed(trail)) == ([], [])
    await trail.hear(a_report(trail, "orders", 0))
    await trail.hear(a_report(trail, "deals", 7))
    assert await checkpoint(trail) == [("deals", 7, hash_of(7)), ("orders", 0, "")]
    await trail.hear_some(1)
    await checkpoint(trail)
    assert len(signed(trail)) == 1
    await trail.hear(a_report(trail, "orders", 2))
    assert await checkpoint(trail) == [("deals", 7, hash_of(7)), ("orders", 2, hash_of(2))]
    assert len(signed(trail)) == 2
    assert (await trail.verified()).sound


async def test_a_statement_that_arrives_late_changes_nothing(trail: Trail) -> None:
    await trail.hear(a_report(trail, "deals", 7))
    await trail.hear(a_report(trail, "deals", 5, after=-MINUTE))
    assert await checkpoint(trail) == [("deals", 7, hash_of(7))]


async def test_an_export_shows_that_a_ledger_got_shorter(trail: Trail) -> None:
    await trail.hear(a_report(trail, "deals", 7))
    await checkpoint(trail)
    await trail.hear(a_report(trail, "deals", 6, after=2 * MINUTE))
    assert await checkpoint(trail) == [("deals", 6, hash_of(6))]
    assert {one.wrong for one in (await trail.verified()).findings} == {Wrong.LEDGER_SHORT}


async def test_an_export_shows_that_a_ledger_was_shorter_between_two_checkpoints(trail: Trail) -> None:
    await trail.hear(a_report(trail, "deals", 7))
    await trail.hear(a_report(trail, "deals", 6, after=5 * MINUTE))
    await trail.hear(a_report(trail, "deals", 8, after=10 * MINUTE))
    assert await checkpoint(trail) == [("deals", 8, hash_of(8))]
    assert {one.wrong for one in (await trail.verified()).findings} == {Wrong.LEDGER_SHORT}


async def test_two_replicas_that_state_their_ledger_at_once_do_not_shorten_it(trail: Trail) -> None:
    await trail.hear(a_report(trail, "deals", 7))
    await trail.hear(a_report(trail, "deals", 6, after=timedelta(seconds=2)))
    assert await checkpoint(trail) == [("deals", 7, hash_of(7))]
    assert (await trail.verified()).sound


async def test_a_service_believes_only_a_checkpoint_that_compliance_signed(trail: Trail, keys: Keys) -> None:
    await trail.hear(a_report(trail, "deals", 7))
    await checkpoint(trail)
    [told] = signed(trail)
    assert stated_end("deals", keys, told) == LedgerEnd("deals", 7, hash_of(7))
    assert stated_end("tickets", keys, told) == LedgerEnd("tickets", 0, "")
    longer = body_of(told)
    longer.checkpoint.ledgers[0].number = 9  # type: ignore[attr-defined]  # a message of a type that is found by name
    forged = replace(told, body=longer.SerializeToString())
    assert stated_end("deals", keys, forged) is None


async def test_a_service_knows_the_end_in_the_report_of_its_purge(trail: Trail, keys: Keys) -> None:
    assert stated_end("deals", keys, a_report(trail, "deals", 3)) == LedgerEnd("deals", 3, hash_of(3))
