"""Completions make certified persons, the clock and the erasure of a person unmake them, and each change is told."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from libs.call import SYSTEM, Call
from libs.errors import Duplicate, InvalidInput, NotFound, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.person import Person
from libs.privacy.ledger.gate import PersonErased
from libs.rights import CertifiedTrack, Right
from services.partners.certification import jobs
from services.partners.certification.consumers import CONSUMERS
from services.partners.certification.documents import CERTIFICATIONS, COMPLETIONS, GATES
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.domain.tracks import Course
from services.partners.certification.usecases import catalogue, completions
from services.partners.contacts.documents import CONTACTS
from services.partners.contacts.usecases import RemoveContact, remove_contact
from tests.component.partners.certification.acts import TODAY, complete, contact, erase, gate, track
from tests.component.partners.harness import Harness

DAY = timedelta(days=1)
YEARLY = (Course(code="BASE", valid_months=12),)


async def certified(harness: Harness, partner_id: str) -> tuple[CertifiedTrack, ...]:
    """What is kept of the partner now."""
    return (await harness.value(CERTIFICATIONS, partner_id)).tracks


async def test_a_completion_is_kept_and_told_with_who_is_certified_now(harness: Harness) -> None:
    partner = await harness.active()
    who = await contact(harness, partner.id)
    await track(harness, courses=YEARLY)
    harness.events()
    made = await complete(harness, who, request_id="c")
    last = date(2027, 3, 2)
    assert made == await harness.value(COMPLETIONS, made.id)
    assert (made.state, made.last_day, made.holder) == (
        CompletionState.VALID,
        last,
        Person(person_id=who.person.person_id),
    )
    wire = {"year": 2027, "month": 3, "day": 2}
    recorded = pb.CompletionRecorded(
        completion_id=made.id, partner_id=partner.id, track="FW", course="BASE", last_day=wire
    )
    tracks = [pb.CertifiedTrack(track="FW", last_days=[wire])]
    changed = pb.CertificationChanged(partner_id=partner.id, tracks=tracks)
    assert harness.events() == [("CompletionRecorded", 1, recorded), ("CertificationChanged", 1, changed)]
    assert await complete(harness, who, request_id="c") == made
    assert await certified(harness, partner.id) == (CertifiedTrack(track="FW", last_days=(last,)),)


async def test_every_fault_of_a_completion_is_named(harness: Harness) -> None:
    who = await contact(harness, (await harness.active()).id)
    await track(harness)
    with pytest.raises(InvalidInput) as refused:
        await complete(harness, who, TODAY + DAY, course="LAB", last_day=TODAY)
    assert [one.reason for one in refused.value.violations] == [
        "IN_THE_FUTURE",
        "DATES_OUT_OF_ORDER",
        "UNKNOWN_COURSE",
    ]
    with pytest.raises(NotFound):
        await complete(harness, who, track="NONE")
    await complete(harness, who)
    with pytest.raises(Duplicate):
        await complete(harness, who)


async def test_the_clock_warns_and_then_takes_the_certificate(harness: Harness) -> None:
    partner = await harness.active()
    await track(harness)
    made = await complete(harness, await contact(harness, partner.id), last_day=TODAY + 61 * DAY)
    harness.events()
    assert await jobs.move_due(harness.env) == 0
    told: list[tuple[int, Any]] = []
    for left in (60, 59, 30, 8, 7, 1, 0):
        harness.clock.advance(TODAY + (61 - left) * DAY - harness.env.today())
        for _ in range(2):  # again, as another replica would
            await jobs.move_due(harness.env)
        told += [(left, body) for _, _, body in harness.events()]
    assert [(left, body.days) for left, body in told] == [(60, 60), (30, 30), (7, 7)]
    assert await certified(harness, partner.id) != ()
    harness.clock.advance(DAY)
    assert await jobs.move_due(harness.env) == 1
    assert harness.names() == ["CompletionEnded", "CertificationChanged"]
    assert (await harness.value(COMPLETIONS, made.id)).state is CompletionState.EXPIRED
    assert await certified(harness, partner.id) == ()
    assert await jobs.move_due(harness.env) == 0


async def test_a_renewal_takes_the_place_of_what_it_renews(harness: Harness) -> None:
    partner = await harness.active()
    who = await contact(harness, partner.id)
    await track(harness)
    old = await complete(harness, who, TODAY - DAY, last_day=TODAY)
    await complete(harness, who, last_day=TODAY + DAY)
    assert (await harness.value(COMPLETIONS, old.id)).state is CompletionState.RENEWED
    assert await certified(harness, partner.id) == (CertifiedTrack(track="FW", last_days=(TODAY + DAY,)),)


async def test_a_revoked_completion_counts_no_more(harness: Harness) -> None:
    partner = await harness.active()
    await track(harness)
    made = await complete(harness, await contact(harness, partner.id))
    revoked = await harness.run(completions.revoke_completion, completions.RevokeCompletion, id=made.id)
    assert revoked.state is CompletionState.REVOKED
    assert await certified(harness, partner.id) == ()
    with pytest.raises(WrongState):
        await harness.run(completions.revoke_completion, completions.RevokeCompletion, id=made.id)


async def test_whoever_leaves_the_partner_counts_no_more_and_is_named_nowhere(harness: Harness) -> None:
    partner = await harness.active()
    who, other = await contact(harness, partner.id), await contact(harness, partner.id, "Eva Grün")
    await track(harness, courses=(Course(code="BASE"), Course(code="LAB")))
    for course in ("BASE", "LAB"):
        for one in (who, other):
            await complete(harness, one, course=course)
    await harness.run(remove_contact, RemoveContact, id=who.id)
    [removed] = [one for one in harness.told if one.subject.endswith("contact.removed")]
    [consumer] = CONSUMERS
    for _ in range(2):  # an event may come twice
        await consumer.handle(harness.env, removed, Call(caller=SYSTEM, method="test"))
    assert await certified(harness, partner.id) == (CertifiedTrack(track="FW", last_days=(date.max,)),)
    rows = await harness.pages(completions.list_completions, completions.ListCompletions, contact_id=who.id)
    assert [(one.state, one.holder) for one in rows] == [(CompletionState.PERSON_GONE, Person())] * 2


async def test_an_erased_person_counts_no_more(harness: Harness) -> None:
    partner = await harness.active()
    who = await contact(harness, partner.id)
    await track(harness)
    made = await complete(harness, who)
    await erase(harness, who.person)
    assert (await harness.value(CONTACTS, who.id)).person.name == ""
    assert await jobs.end_erased(harness.env) == 1
    assert (await harness.value(COMPLETIONS, made.id)).state is CompletionState.PERSON_GONE
    assert await certified(harness, partner.id) == ()
    with pytest.raises(PersonErased):
        await complete(harness, who, TODAY - DAY)


async def test_of_completions_at_once_none_is_lost(harness: Harness) -> None:
    partner = await harness.active()
    await track(harness)
    people = [await contact(harness, partner.id, f"P{n} X") for n in range(6)]
    await asyncio.gather(*(complete(harness, one) for one in people))
    [track_] = await certified(harness, partner.id)
    assert len(track_.last_days) == 6


async def test_a_gate_is_one_per_right_line_and_track(harness: Harness) -> None:
    await track(harness)
    harness.events()
    made = await gate(harness)
    assert await gate(harness) == made
    again = await gate(harness, persons=0)
    assert (again.id, again.version, again.persons) == (made.id, 2, 0)
    assert harness.names() == ["GateSet", "GateSet"]
    with pytest.raises(NotFound):
        await gate(harness, track="NONE")
    for fields in ({"right": Right.ORDERING}, {"product_line": ""}):
        assert (await gate(harness, **fields)).id != made.id
    assert len(await harness.pages(catalogue.list_gates, catalogue.ListGates, track="FW")) == 3
    with pytest.raises(Duplicate):
        await track(harness)
    found: list[Any] = await harness.pages(catalogue.list_tracks, catalogue.ListTracks, code="FW")
    assert [one.code for one in found] == ["FW"]


async def test_a_partner_learns_what_it_lacks(harness: Harness) -> None:
    partner = await harness.active()
    await track(harness)
    await gate(harness, persons=2)
    await gate(harness, Right.ORDERING)
    await gate(harness, product_line="PUMPS", persons=0)
    await complete(harness, await contact(harness, partner.id), last_day=TODAY + DAY)
    asked = {"partner_id": partner.id}
    found = await harness.look(completions.get_certification, completions.GetCertification, **asked)
    assert [(one.right, one.needed, one.certified, one.missing, one.last_day) for one in found.gates] == [
        (Right.REGISTERING, 2, 1, 1, None),
        (Right.ORDERING, 1, 1, 0, TODAY + DAY),
    ]
    harness.clock.advance(2 * DAY)
    found = await harness.look(completions.get_certification, completions.GetCertification, **asked)
    assert (found.tracks, [one.missing for one in found.gates]) == ((), [1, 2])
    assert isinstance((await harness.value(GATES, (await gate(harness)).id)).persons, int)
