"""Calls of which a service only tells that they were made leave entries as well, in the same chain."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from libs.audit.statements import canonical
from libs.call import CallOutcome, CallRecord
from libs.errors import InvalidInput
from libs.messaging.events import UnreadableEvent
from libs.messaging.inbox import AlreadySeen
from libs.privacy.keys import Keys
from libs.store.port import Query
from services.compliance.service import COMPOSITION
from services.compliance.trail.documents import AUDIT
from services.compliance.trail.domain.entries import AuditEntry, AuditOutcome
from services.compliance.trail.reads import content
from services.compliance.trail.usecases.entries import ListAuditEntries, list_audit_entries
from tests.builders import NOW, a_call, an_id
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import opened

SHOWN = CallRecord(
    time=NOW,
    actor="dev:anna",
    roles=("partner_admin", "partner_sales"),
    partner_id=an_id("ptn"),
    on_behalf_of="dev:bob",
    method="/prm.deals.v1.DealRegistrationService/ListRegistrations",
    outcome=CallOutcome.DISCLOSED,
    shown_ids=(an_id("reg", 1), an_id("reg", 2)),
    purpose="support",
)
REFUSED = CallRecord(
    time=NOW + timedelta(seconds=1),
    method="/prm.deals.v1.DealRegistrationService/ApproveRegistration",
    outcome=CallOutcome.REFUSED,
    reason="TOKEN_INVALID",
    resource_id=an_id("reg", 3),
    caused_by_request_id="r-7",
    call_count=40,
)
CHANGED = CallRecord(time=NOW, actor="dev:anna", method="/a/B", outcome=CallOutcome.CHANGED, resource_id=an_id("reg"))


@pytest.fixture
async def trail(tmp_path: Path, keys: Keys) -> AsyncIterator[Trail]:
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        yield Trail(store, keys)


async def test_each_recorded_call_is_an_entry_and_all_of_it_is_in_the_leaf(trail: Trail) -> None:
    event = trail.a_recording(SHOWN, REFUSED, CHANGED)
    await trail.hear(event)
    with pytest.raises(AlreadySeen):
        await trail.hear(event)
    assert await trail.extend() == 3
    disclosed, refused, changed = await trail.entries()
    assert content(disclosed) == {
        "id": disclosed.id,
        "time": "2026-03-02T09:00:00.000000Z",
        "actor": "dev:anna",
        "method": SHOWN.method,
        "outcome": "DISCLOSED",
        "service": "deals",
        "resource_id": "",
        "resource_version": 0,
        "event_type": "prm.deals.v1.CallsRecorded",
        "event_id": event.id,
        "caused_by_request_id": "",
        "create_time": "2026-03-02T09:00:00.000000Z",
        "commitment": "",
        "roles": ("partner_admin", "partner_sales"),
        "partner_id": an_id("ptn"),
        "on_behalf_of": "dev:bob",
        "reason": "",
        "changed_fields": (),
        "shown_ids": (an_id("reg", 1), an_id("reg", 2)),
        "call_count": None,
        "lane": "",
        "lane_number": None,
        "lane_head": None,
        "ledger_end": None,
        "purpose": "support",
    }
    assert (refused.actor, refused.time, refused.outcome) == ("", REFUSED.time, AuditOutcome.REFUSED)
    assert (refused.reason, refused.resource_id, refused.caused_by_request_id, refused.call_count) == (
        "TOKEN_INVALID",
        an_id("reg", 3),
        "r-7",
        40,
    )
    assert (changed.outcome, changed.resource_id) == (AuditOutcome.SUCCEEDED, an_id("reg"))
    report = await trail.verified()
    assert (report.entries, report.findings) == (3, ())
    exported = await trail.export()
    assert b'"reason":"TOKEN_INVALID"' in exported
    assert b'"shown_ids":["' in exported


async def test_a_change_that_only_a_recording_speaks_of_names_its_version_and_fields(trail: Trail) -> None:
    about = {"about": an_id("reg"), "version": 3, "changed": ("review",)}
    await trail.hear(replace(trail.a_recording(CHANGED), **about))
    await trail.hear(replace(trail.a_recording(SHOWN, REFUSED), **about))
    await trail.extend()
    told = [(one.outcome, one.resource_version, one.changed_fields) for one in await trail.entries()]
    assert told == [
        (AuditOutcome.SUCCEEDED, 3, ("review",)),
        (AuditOutcome.DISCLOSED, 0, ()),
        (AuditOutcome.REFUSED, 0, ()),
    ]


async def test_the_most_that_a_recording_may_hold_is_one_commit(trail: Trail) -> None:
    ids = tuple(an_id("reg", number) for number in range(200))
    await trail.hear(trail.a_recording(*[replace(SHOWN, shown_ids=ids[:31])] * 64))
    assert await trail.extend() == 64
    await trail.hear(trail.a_recording(replace(SHOWN, shown_ids=ids)))
    await trail.extend()
    assert (await trail.entries())[-1].shown_ids == ids
    trail.clock.advance(timedelta(minutes=1))
    await trail.extend()
    assert (await trail.verified()).sound


async def test_recorded_calls_are_found_by_who_what_and_how(trail: Trail) -> None:
    await trail.hear(trail.a_recording(SHOWN, REFUSED))
    await trail.hear_some(2)

    async def found(**filters: object) -> list[str]:
        page = await trail.look(list_audit_entries, ListAuditEntries, **filters)
        return [loaded.value.reason or loaded.value.outcome.name for loaded in page.rows]

    assert await found() == ["TOKEN_INVALID", "SUCCEEDED", "SUCCEEDED", "DISCLOSED"]
    assert await found(actor="dev:anna") == ["DISCLOSED"]
    assert await found(method=REFUSED.method) == ["TOKEN_INVALID", "SUCCEEDED", "SUCCEEDED"]
    assert await found(resource_id=an_id("reg", 3)) == ["TOKEN_INVALID"]
    assert await found(start_time=NOW + timedelta(seconds=1)) == ["TOKEN_INVALID"]


async def test_who_saw_a_row_is_found_whether_it_was_shown_alone_or_in_a_page(trail: Trail) -> None:
    row, other = an_id("reg", 2), an_id("reg", 9)
    alone = replace(SHOWN, actor="dev:carl", resource_id=row, shown_ids=(row,), time=NOW + timedelta(seconds=5))
    elsewhere = replace(SHOWN, actor="dev:dora", shown_ids=(other,))
    await trail.hear(trail.a_recording(SHOWN, alone, REFUSED, CHANGED, *[elsewhere] * 60))

    async def saw(**filters: object) -> list[str]:
        found, token = [], ""
        while True:
            page = await trail.look(list_audit_entries, ListAuditEntries, page_size=5, page_token=token, **filters)
            found += [loaded.value.actor for loaded in page.rows]
            if not (token := page.next_cursor):
                return found
            assert page.rows, "a page that another follows has rows"

    assert await saw(shown_id=row) == ["dev:carl", "dev:anna"]
    assert await saw(shown_id=row, actor="dev:anna") == ["dev:anna"]
    assert await saw(shown_id=row, resource_id=row) == ["dev:carl"]
    assert await saw(shown_id=an_id("reg", 7)) == []
    assert len(await saw(shown_id=other)) == 60


async def test_a_recording_that_cannot_be_read_is_refused(trail: Trail) -> None:
    broken = replace(trail.a_recording(SHOWN), body=b"\xff\xff")
    with pytest.raises(UnreadableEvent):
        await trail.hear(broken)
    assert not (await trail.env.store.find(Query(kind=AUDIT))).rows


def test_an_entry_from_before_recorded_calls_has_the_leaf_it_had() -> None:
    old = AuditEntry(
        id="aud_local_1",
        time=NOW,
        actor="local",
        method="/a/B",
        outcome=AuditOutcome.SUCCEEDED,
        service="deals",
        resource_id="reg_local_1",
        resource_version=2,
        event_type="prm.deals.v1.RegistrationApproved",
        event_id="e1",
        create_time=NOW,
        commitment="c0",
    )
    assert canonical(content(old)) == (
        b'{"actor":"local","commitment":"c0","create_time":"2026-03-02T09:00:00.000000Z","event_id":"e1",'
        b'"event_type":"prm.deals.v1.RegistrationApproved","id":"aud_local_1","method":"/a/B","outcome":"SUCCEEDED",'
        b'"resource_id":"reg_local_1","resource_version":2,"service":"deals","time":"2026-03-02T09:00:00.000000Z"}'
    )


async def test_entries_are_listed_from_either_end_and_counted(trail: Trail) -> None:
    await trail.hear(trail.a_recording(SHOWN, REFUSED))

    async def listed(**asked: Any) -> tuple[list[CallOutcome], int]:
        page = await list_audit_entries(trail.env, ListAuditEntries(call=a_call(), **asked))
        return [CallOutcome(one.value.outcome.value) for one in page.rows], page.total

    shown, refused = CallOutcome.DISCLOSED, CallOutcome.REFUSED
    assert await listed() == ([refused, shown], 0)
    assert await listed(order_by="time", include_total_size=True, page_size=1) == ([shown], 2)
    assert await listed(actor="dev:anna", include_total_size=True) == ([shown], 1)
    assert await listed(order_by="time", start_time=REFUSED.time) == ([refused], 0)
    with pytest.raises(InvalidInput, match="end_time"):
        await listed(start_time=REFUSED.time, end_time=SHOWN.time)
