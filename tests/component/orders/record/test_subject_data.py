"""Whoever takes the goods, or is named by a note, is found by any alias with the orders that name them."""

import json
from typing import Any

from libs.call import SYSTEM, Call
from libs.messaging.envelope import Envelope
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.orders.v1 import SubjectDataLocated
from libs.person import Person, PersonalText
from libs.privacy.aliases import hashes
from services.orders.ordering.domain.drafting import OrderChanges
from services.orders.ordering.usecases.drafting import UpdateOrder, update_order
from services.orders.ordering.usecases.release import FOUR_EYES, RELEASING, ReleaseHold, release_hold
from services.orders.record.domain.states import HoldReason
from services.orders.service import COMPOSITION
from tests.builders import NOW, an_id, asked_by
from tests.component.orders.harness import Harness

SEARCH = next(one for one in COMPOSITION.consumers if one.subject == "compliance.subject_request.opened")
WANG = Person(name="王小明", email="wang@example.org", phone="+8613912345678")
OTHER = Person(name="Jörg Müller", email="jm@example.org")


async def located(harness: Harness, person: Person, *, known_as: Person | None = None) -> list[dict[str, Any]]:
    """The orders handed over about a person, who from then on is known by more aliases."""
    asked = pb.SubjectRequestOpened(
        case_id=an_id("dsr"), round=1, alias_hashes=sorted(hashes(harness.env.keys, person))
    )
    envelope = Envelope(
        id="e1",
        type=asked.DESCRIPTOR.full_name,
        source="prm/local/compliance",
        about=asked.case_id,
        version=1,
        subject="prm.local.compliance.subject_request.opened",
        time=NOW,
        body=asked.SerializeToString(),
    )
    harness.names()
    await SEARCH.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))
    told = SubjectDataLocated.FromString(harness.told[0].body)
    assert harness.names() == ["SubjectDataLocated"]
    plain = json.loads(harness.env.keys.unseal(await harness.shelf.get(told.object_name), told.object_name))
    section, waiting = plain["sections"]
    assert known_as is None or hashes(harness.env.keys, known_as) <= set(told.alias_hashes)
    counts = [(section["kind"], len(section["rows"])), (waiting["kind"], len(waiting["rows"]))]
    assert [(one.kind, one.rows) for one in told.counts] == counts
    rows: list[dict[str, Any]] = [*section["rows"], *waiting["rows"]]
    return rows


async def test_who_takes_the_goods_is_found_by_email_and_phone_until_somebody_else_does(harness: Harness) -> None:
    order = await harness.draft(ship_to_contact=WANG)
    await harness.draft(ship_to_contact=OTHER)
    for alias in (Person(email="WANG@example.org"), Person(phone="+86 139 1234 5678")):
        assert [row["id"] for row in await located(harness, alias, known_as=WANG)] == [order.id]
    await harness.run(update_order, UpdateOrder, id=order.id, changes=OrderChanges(ship_to_contact=OTHER))
    assert await located(harness, WANG) == []


async def test_who_is_named_by_a_note_is_found_by_id_and_the_contact_stays_unseen(harness: Harness) -> None:
    order = await harness.submit(await harness.draft(ship_to_contact=WANG))
    note = PersonalText(person_id=an_id("psn"), text="Bürgschaft liegt vor")
    await harness.run(
        release_hold,
        ReleaseHold,
        id=order.id,
        reason=HoldReason.CREDIT,
        release_note=note,
    )
    [row] = await located(harness, Person(person_id=note.person_id))
    assert (row["id"], row["ship_to_contact"]["name"], row["ship_to_contact"]["email"]) == (order.id, "***", "")


async def test_who_is_named_by_a_note_that_waits_for_a_second_person_is_found_with_it(harness: Harness) -> None:
    order = await harness.submit(await harness.draft(ship_to_contact=WANG))
    note = PersonalText(person_id=an_id("psn"), text="Bürgschaft liegt vor")
    command = ReleaseHold(
        call=asked_by("dev:anna", RELEASING[HoldReason.CREDIT]),
        id=order.id,
        reason=HoldReason.CREDIT,
        release_note=note,
    )
    outcome = await FOUR_EYES.run(harness.env, command)
    assert outcome.decision is not None
    [row] = await located(harness, Person(person_id=note.person_id))
    assert (row["id"], row["command"]["release_note"]) == (
        outcome.decision.id,
        {"person_id": note.person_id, "text": note.text},
    )
