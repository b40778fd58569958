"""The proof of a request from a cell that did everything, and of one in which something is missing."""

import hashlib
import io
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.audit.proof.verification import Report, verify
from libs.errors import NotFound
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import dedup_key
from libs.person import Person
from libs.privacy.keys import Keys
from libs.purging import purging
from libs.store.port import Query, get
from services.compliance.erasure.documents import ERASURES
from services.compliance.erasure.domain import erasure_id
from services.compliance.package.documents import PACKAGES
from services.compliance.package.usecases.export import RecordExport, make_package, record_export
from services.compliance.proof.usecases import ON_ITS_WAY, ProveRequest, prove_request
from services.compliance.requests.documents import REQUESTS, SIGNED_ANSWERS
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestType
from services.compliance.retention.consumers import on_purge_run_ended
from services.compliance.trail.consumers import on_event
from services.compliance.trail.documents import AUDIT
from services.compliance.trail.domain.chain import NotSigned
from services.compliance.trail.jobs import extend_chain
from tests.builders import a_call, an_id
from tests.component.compliance.erasure.acts import erase
from tests.component.compliance.harness import CARDS, Card, Harness

ME = "ngozi@example.org"


async def _recorded(harness: Harness, *, without: str = "") -> None:
    """The trail gets every event but those of one type, and is signed a minute later."""
    told = [*harness.told, *(event for one in harness.holders.values() for event in one.told)]
    for event in sorted(told, key=lambda one: one.id):
        if not without or without not in event.type:
            await _heard(harness, event)
    harness.clock.advance(timedelta(minutes=1))
    while await extend_chain(harness.env):
        pass


async def _heard(harness: Harness, event: Envelope) -> None:
    found = await harness.env.store.find(Query(kind=AUDIT, order="time", limit=200))
    if event.id not in {one.value.event_id for one in found.rows}:
        call = replace(a_call(), dedup_key=dedup_key("compliance__anything", event.id))
        await on_event(harness.env, event, call)


async def _done(harness: Harness, *, downloads: int = 1) -> SubjectRequest:
    """A request that was searched in two rounds, whose package was downloaded."""
    await harness.holders["deals"].keep(Card(id="d1", owner=Person(email=ME, phone="+49 30 901820")))
    await harness.holders["tickets"].keep(Card(id="t1", owner=Person(phone="+49 30 901820")))
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    for _ in range(downloads):
        made = await make_package(harness.env, request)
        await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
    return await harness.request(request)


async def _proof(harness: Harness, request: SubjectRequest) -> bytes:
    return b"".join(await prove_request(harness.env, ProveRequest(call=a_call(), id=request.id)))


async def _proven(harness: Harness, request: SubjectRequest) -> Report:
    return verify(io.BytesIO(await _proof(harness, request)), harness.env.keys.public_keys())


async def test_a_completed_request_is_proven_with_every_step_answer_and_package(harness: Harness) -> None:
    await _recorded(harness)
    request = await _done(harness, downloads=2)
    await _recorded(harness)
    report = await _proven(harness, request)
    assert report.findings == ()
    assert report.end is not None
    assert (report.end.state, report.end.round) == ("COMPLETED", 2)
    assert len(report.answers) == 2 * len(SERVICES)
    [package] = report.packages
    assert (package.downloads, package.row_count) == (2, 3)
    assert [one.event for one in report.steps].count("SubjectDataLocated") == 2 * len(SERVICES)


async def test_an_erasure_is_proven_with_its_certificate_and_no_hash_of_the_person_stays(harness: Harness) -> None:
    await _recorded(harness)
    before = await _done(harness)
    hashes = before.alias_hashes
    request = await harness.search(await harness.ask(("EMAIL", ME), type=RequestType.ERASURE))
    done = await erase(harness, request)
    await _recorded(harness)
    assert done.certificate is not None
    sha256 = hashlib.sha256(done.certificate.content).hexdigest()
    for one in (before, request):
        report = await _proven(harness, one)
        assert report.findings == ()
        assert [(each.erasure_case_id, each.sha256) for each in report.erasures] == [(request.id, sha256)]
        assert report.answers == ()
        proof = await _proof(harness, one)
        assert not [each for each in hashes if each.encode() in proof]
    for kind in (REQUESTS, SIGNED_ANSWERS, PACKAGES):
        rows = (await harness.env.store.find(Query(kind=kind, limit=200))).rows
        assert not [each for each in hashes if each in str(rows)]
    await _late(harness, request)
    assert (await harness.env.store.find(Query(kind=SIGNED_ANSWERS, limit=200))).rows == []


async def _late(harness: Harness, request: SubjectRequest) -> None:
    """Every answer arrives once more."""
    for told in [one for each in harness.holders.values() for one in each.told]:
        if told.type.endswith("SubjectDataLocated"):
            await harness.hear(told)


async def test_without_its_certificate_an_erasure_is_not_proven(harness: Harness) -> None:
    await _recorded(harness)
    request = await harness.search(await harness.ask(("EMAIL", ME), type=RequestType.ERASURE))
    await erase(harness, request)
    await _recorded(harness)
    harness.clock.advance(ON_ITS_WAY)
    lost = await get(harness.env.store, ERASURES, erasure_id(request.id))
    assert lost is not None
    await harness.env.store.commit([lost.delete()])
    missing = [one.split(";")[0] for one in (await _proven(harness, request)).findings]
    assert "MISSING: the certificate of the erasure" in missing
    assert [one for one in missing if one.startswith("MISSING: the answer of deals to round 1")]


async def test_what_services_withhold_is_counted_in_what_they_sign_and_named_in_the_package(harness: Harness) -> None:
    other = Person(name="Jo Doe", email="jo@example.org")
    await harness.holders["deals"].keep(Card(id="d9", owner=Person(email=ME), others=(other,)))
    await harness.holders["orders"].keep(Card(id="o9", owner=Person(email="ngozi+crm@example.org")))
    request = await _done(harness)
    await _recorded(harness)
    report = await _proven(harness, request)
    assert report.findings == ()
    counted = {one.service: one.withheld for one in report.answers if one.round == request.round}
    assert counted == {**dict.fromkeys(SERVICES, 0), "deals": 1, "orders": 1}
    assert [one.partition(":")[0].partition(",")[0] for one in report.packages[0].withheld] == [
        *("deals", "orders", "every service"),
    ]


async def test_a_proof_has_nothing_of_the_person(harness: Harness) -> None:
    request = await _done(harness)
    await _recorded(harness)
    proof = await _proof(harness, request)
    assert not [one for one in (b"ngozi", b"901820", b"example.org") if one in proof]


async def test_the_entries_are_between_the_checkpoint_before_and_the_one_after(harness: Harness) -> None:
    other = await harness.search(await harness.ask(("EMAIL", "somebody@example.org")))
    await _recorded(harness)
    request = await _done(harness)
    await _recorded(harness)
    report = await _proven(harness, request)
    assert report.before is not None
    assert report.after is not None
    assert 0 < report.before.signed.statement.tree_size < report.after.signed.statement.tree_size
    first = await _proven(harness, other)
    assert (first.findings, first.before) == ((), None)


async def test_before_anything_is_signed_and_while_a_step_is_not_there_is_no_proof(harness: Harness) -> None:
    request = await _done(harness)
    with pytest.raises(NotSigned):
        await _proof(harness, request)
    await _recorded(harness)
    assert (await _proven(harness, request)).sound
    made = await make_package(harness.env, request)
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
    with pytest.raises(NotSigned):  # its event has not reached the trail
        await _proof(harness, request)
    await _heard(harness, harness.told[-1])
    with pytest.raises(NotSigned):  # it has no place yet
        await _proof(harness, request)
    await _recorded(harness)
    assert (await _proven(harness, request)).packages[0].downloads == 2
    with pytest.raises(NotFound):
        await _proof(harness, replace(request, id=an_id("dsr", 9)))


async def test_an_event_that_never_reached_the_trail_is_found_in_the_proof(harness: Harness) -> None:
    request = await _done(harness)
    await _recorded(harness, without="SubjectRequestExported")
    harness.clock.advance(ON_ITS_WAY)
    assert (await _proven(harness, request)).findings == (
        "MISSING: the packages were handed out 1 times, the trail has 0 entries of it",
    )


async def test_an_answer_that_was_lost_in_the_store_is_found_in_the_proof(harness: Harness) -> None:
    request = await _done(harness)
    await _recorded(harness)
    lost = await get(harness.env.store, SIGNED_ANSWERS, f"{request.id}:1:deals")
    assert lost is not None
    await harness.env.store.commit([lost.delete()])
    harness.clock.advance(ON_ITS_WAY)
    assert (await _proven(harness, request)).findings == (
        f"MISSING: the answer of deals to {request.id}:1, which the trail has an entry of",
    )


async def test_a_request_under_way_and_a_partial_package_are_proven_too(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME))
    await harness.hear(*await harness.answers(harness.opened(), *[one for one in SERVICES if one != "tickets"]))
    made = await make_package(harness.env, await harness.request(request), partial=True)
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
    await _recorded(harness)
    report = await _proven(harness, request)
    assert report.findings == ()
    assert [one.missing for one in report.packages] == [("tickets",)]


async def test_a_second_answer_of_a_service_and_one_that_came_too_late_are_proven_too(harness: Harness) -> None:
    request = await _done(harness)
    await harness.hear(*await harness.answers(harness.opened(), "deals"))
    await _recorded(harness)
    assert (await _proven(harness, request)).findings == ()


async def test_whoever_has_the_key_of_another_cell_proves_nothing(harness: Harness, keys: Keys) -> None:
    request = await _done(harness)
    await _recorded(harness)
    proof = await _proof(harness, request)
    other = bytes.fromhex("e734ea6c2b6257de72355e472aa05a4c487e6b463c029ed306df2f01b5636b58")
    assert verify(io.BytesIO(proof), other).findings
    assert {json.loads(line)["kind"] for line in proof.splitlines()} == {
        *("header", "entry", "answer", "package", "after", "end"),
    }


async def _purged(harness: Harness) -> str:
    """The daily run of deals, of which compliance hears; the id of the run."""
    holder, job = harness.holders["deals"], purging("deals", [CARDS])
    await job.run(holder.env)
    holder.clock.advance(timedelta(days=1))
    while await job.run(holder.env):
        pass
    await on_purge_run_ended(harness.env, holder.told[-1], a_call())
    return holder.told[-1].about


async def test_a_purge_while_the_request_was_open_is_proven_by_the_report_of_its_service(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=Person(email=ME)))
    await _recorded(harness)
    before = await _purged(harness)
    harness.clock.advance(timedelta(minutes=1))
    request = await harness.ask(("EMAIL", ME))
    run = await _purged(harness)
    await harness.search(request)
    await _recorded(harness)
    report = await _proven(harness, request)
    assert report.findings == ()
    assert run != before
    assert [(one.service, one.run_id, one.rows, one.frozen) for one in report.purges] == [("deals", run, 0, 0)]
    proof = await _proof(harness, request)
    changed = proof.replace(b'examined_rows\\":1', b'examined_rows\\":2')
    assert changed != proof
    [found] = verify(io.BytesIO(changed), harness.env.keys.public_keys()).findings
    assert "the purge statement is not signed" in found
