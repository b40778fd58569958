"""A rehearsal asks every service and is complete when all have answered; a run of a service has a report of its own."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.person import Person
from libs.purging import PurgeRunEnded, purging, rehearsing
from libs.retention import periods, schedule
from services.compliance.requests.domain.request import SERVICES
from services.compliance.retention.consumers import on_purge_run_ended
from services.compliance.retention.documents import REPORTS
from services.compliance.retention.domain import PurgeReport, RehearsalRunning
from services.compliance.retention.usecases import (
    GetRetentionSchedule,
    ListPurgeReports,
    RehearsePurge,
    ReportForged,
    get_retention_schedule,
    list_purge_reports,
    rehearse_purge,
)
from services.compliance.service import COMPOSITION
from tests.builders import a_call
from tests.component.compliance.harness import CARDS, Card, Harness
from tests.compositions import COMPOSITIONS

DAY = timedelta(days=1)
OWN = next(one for one in COMPOSITION.jobs if one.name == "compliance__purge_expired")
ANNA = Person(person_id="psn_1", name="Anna", email="anna@example.org")


async def _answers(harness: Harness, services: Sequence[str] = SERVICES) -> list[Envelope]:
    """What services report when they are asked."""
    asked = [one for one in harness.told if one.type.endswith("PurgeRehearsalAsked")][-1]
    found = []
    for name in services:
        replica = harness if name == "compliance" else harness.holders[name]
        job = OWN if name == "compliance" else purging(name, [CARDS])
        await rehearsing().handle(replica.env, asked, a_call())
        while await job.run(replica.env):
            pass
        found.append(replica.told[-1])
    return found


async def test_a_rehearsal_names_who_has_not_answered_until_all_have(harness: Harness) -> None:
    report = await harness.run(rehearse_purge, RehearsePurge)
    assert (report.rehearsal, report.missing_services, report.services) == (True, SERVICES, ())
    first, *rest = await _answers(harness)
    await on_purge_run_ended(harness.env, first, a_call())
    half = await harness.value(REPORTS, report.id)
    assert half.missing_services == tuple(one for one in SERVICES if one != first.sender)
    for one in (*rest, first):
        await on_purge_run_ended(harness.env, one, a_call())
    done = await harness.value(REPORTS, report.id)
    assert (done.missing_services, [one.service for one in done.services]) == ((), sorted(SERVICES))


async def test_a_second_rehearsal_waits_for_the_first_and_a_day_at_most(harness: Harness) -> None:
    first = await harness.run(rehearse_purge, RehearsePurge)
    with pytest.raises(RehearsalRunning) as refused:
        await harness.run(rehearse_purge, RehearsePurge)
    assert refused.value.metadata["id"] == first.id
    harness.clock.advance(DAY)
    assert (await harness.run(rehearse_purge, RehearsePurge)).id != first.id


async def test_a_report_in_the_name_of_another_service_is_refused(harness: Harness) -> None:
    await harness.run(rehearse_purge, RehearsePurge)
    [told] = await _answers(harness, ["deals"])
    forged = Envelope(
        **{name: getattr(told, name) for name in told.__struct_fields__}
        | {"subject": told.subject.replace(".deals.", ".orders.")}
    )
    with pytest.raises(ReportForged):
        await on_purge_run_ended(harness.env, forged, a_call())


async def test_a_report_is_signed_by_its_service_and_a_changed_one_is_refused(harness: Harness) -> None:
    report = await harness.run(rehearse_purge, RehearsePurge)
    [told] = await _answers(harness, ["deals"])
    changed = EventCodec.decode(told, PurgeRunEnded)
    for wrong in (replace(changed, ledger_number=changed.ledger_number + 1), replace(changed, signature="ab" * 64)):
        body = COMPOSITIONS["deals"].encode(wrong).body
        with pytest.raises(ReportForged):
            await on_purge_run_ended(harness.env, replace(told, body=body), a_call())
    await on_purge_run_ended(harness.env, told, a_call())
    [kept] = (await harness.value(REPORTS, report.id)).services
    key = Ed25519PublicKey.from_public_bytes(harness.holders["deals"].env.keys.public_key)
    key.verify(kept.signature, kept.content)
    first, _, fields = kept.content.partition(b"\n")
    assert first == b"prm-purge-report/1"
    said = msgspec.json.decode(fields)
    assert (said["service"], said["run_id"], said["ledger_number"]) == ("deals", report.id, changed.ledger_number)


async def test_a_report_of_an_earlier_release_is_taken_without_a_signature(harness: Harness) -> None:
    report = await harness.run(rehearse_purge, RehearsePurge)
    [told] = await _answers(harness, ["deals"])
    unsigned = replace(EventCodec.decode(told, PurgeRunEnded), signature="")
    body = COMPOSITIONS["deals"].encode(unsigned).body
    await on_purge_run_ended(harness.env, replace(told, body=body), a_call())
    [kept] = (await harness.value(REPORTS, report.id)).services
    assert (kept.content, kept.signature) == (b"", b"")


async def test_a_run_of_a_service_has_a_report_of_its_own(harness: Harness) -> None:
    holder = harness.holders["deals"]
    await holder.keep(Card(id="one", owner=ANNA))
    job = purging("deals", [CARDS])
    await job.run(holder.env)
    holder.clock.advance(DAY)
    while await job.run(holder.env):
        pass
    await on_purge_run_ended(harness.env, holder.told[-1], a_call())
    [loaded] = (await harness.look(list_purge_reports, ListPurgeReports)).rows
    report: PurgeReport = loaded.value
    assert (report.rehearsal, report.missing_services) == (False, ())
    assert [(one.service, one.examined_rows, one.purged) for one in report.services] == [("deals", 1, ())]
    assert not (await harness.look(list_purge_reports, ListPurgeReports, rehearsals_only=True)).rows


async def test_the_schedule_has_every_rule_with_the_periods_of_its_records(harness: Harness) -> None:
    found = await harness.look(get_retention_schedule, GetRetentionSchedule)
    assert [(one.service, one.kind, one.rule) for one in found.rules] == [
        (one.service, one.kind, one.rule) for one in schedule()
    ]
    for one in found.rules:
        assert len(one.periods) == sum(1 for period in periods() if period.record == one.record)


def test_every_kind_that_holds_persons_has_a_schedule() -> None:
    for service, composition in COMPOSITIONS.items():
        for kind in composition.kinds:
            if kind.persons is not None:
                owner = "" if kind.name == "decision" else service
                rules = {one.rule for one in schedule() if (one.service, one.kind) == (owner, kind.name)}
                assert {one.row.rule for one in kind.persons.retained} == rules != set()
