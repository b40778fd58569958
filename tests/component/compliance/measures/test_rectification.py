"""A rectification reaches every row of the person in every service, touches nobody else, and says what it left."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import CallOutcome
from libs.errors import InvalidInput, WrongState
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.aliases import ALIASES, hashes
from libs.store.port import Query
from services.compliance.handling.domain import NoRecipients
from services.compliance.handling.usecases import (
    CompleteRequest,
    RecordRecipientTold,
    complete_request,
    record_recipient_told,
)
from services.compliance.measures.consumers import on_subject_measure_stated
from services.compliance.measures.domain import MeasureOutstanding, MeasureState, NoMeasure
from services.compliance.measures.usecases import BeginRectification, begin_rectification
from services.compliance.requests.domain.request import SERVICES, RecipientNotice, SubjectRequest
from services.compliance.requests.domain.statements import StatementForged
from services.compliance.requests.domain.states import RequestChannel, RequestState, RequestType
from tests.builders import a_call
from tests.component.compliance.erasure import acts as erasures
from tests.component.compliance.harness import Card, Harness
from tests.component.compliance.measures.acts import (
    ANNA,
    ME,
    asked,
    card,
    counted,
    left,
    measure,
    rectify,
    searched,
    states,
)
from tests.component.replica import body_of

NEW = "anna.kern@example.org"
RIGHT = Person(email=NEW)
WRONG = Person(email="Anna@Example.org")
AT_SWITCHBOARD = Person(person_id="psn_3", name="Bert Adler", email="bert@example.org", phone="+49301234567")
AT_MAILBOX = Person(person_id="psn_4", name="Cleo Adler", email="anna@example.org")


async def _kept(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="one", owner=ANNA, others=(AT_SWITCHBOARD,), remark="a fact"))
    await harness.holders["tickets"].keep(Card(id="two", owner=replace(ANNA, person_id="psn_2", phone="")))
    await harness.holders["orders"].keep(Card(id="three", owner=AT_MAILBOX))


async def _complete(harness: Harness, request: SubjectRequest) -> SubjectRequest:
    done = PersonalText(text="Your address was corrected.")
    return await harness.run(complete_request, CompleteRequest, id=request.id, done=done)


async def test_every_row_of_the_person_is_corrected_and_of_nobody_else(harness: Harness) -> None:
    await _kept(harness)
    request = await searched(harness, RequestType.RECTIFICATION, ME, ("PHONE", "+49301234567"))
    taken = await rectify(harness, request, RIGHT, WRONG)
    assert (taken.state, taken.fields) == (MeasureState.TAKEN, ("email",))
    assert await card(harness, "deals", "one") == Card(
        id="one", version=2, owner=replace(ANNA, email=NEW), others=(AT_SWITCHBOARD,), remark="a fact"
    )
    assert (await card(harness, "tickets", "two")).owner.email == NEW
    assert (await card(harness, "orders", "three")).owner == AT_MAILBOX
    assert counted(taken) == {("deals", "card"): 1, ("tickets", "card"): 1}
    assert left(taken)[("orders", "card", "THIRD_PARTY_RIGHTS_IMPAIRED")] == 1
    assert not [name for name in harness.shelf.objects if name.startswith("measure/")]


async def test_the_row_is_found_by_the_right_value_and_no_more_by_the_wrong_one(harness: Harness) -> None:
    await _kept(harness)
    await rectify(harness, await searched(harness, RequestType.RECTIFICATION), RIGHT, WRONG)
    env = harness.holders["tickets"].env

    async def found(person: Person) -> list[str]:
        [one] = hashes(env.keys, person)
        return [row.value.row for row in (await env.store.find(Query(kind=ALIASES, equals={"hash": one}))).rows]

    assert await found(RIGHT) == ["two"]
    assert await found(Person(email="anna@example.org")) == []


async def test_each_corrected_row_has_an_entry_for_the_trail(harness: Harness) -> None:
    await _kept(harness)
    await rectify(harness, await searched(harness, RequestType.RECTIFICATION), RIGHT, WRONG)
    told = [one for one in harness.holders["deals"].told if one.type.endswith("CallsRecorded")]
    [entry] = told
    assert (entry.about, entry.changed) == ("one", ("owner",))
    body: Any = body_of(entry)
    assert body.calls[0].resource_id == "one"
    assert body.calls[0].outcome == list(CallOutcome).index(CallOutcome.CHANGED) + 1


async def test_the_requests_of_the_person_stay_as_they_were_asked_and_are_named(harness: Harness) -> None:
    subject = Person(name="Anna Kern", email="anna@example.org")
    asked = await harness.ask(ME, type=RequestType.RECTIFICATION, subject=subject)
    taken = await rectify(harness, request := await harness.search(asked), RIGHT, WRONG)
    assert left(taken) == {("compliance", "subject_request", "LEGALLY_EXEMPTED"): 1}
    assert (await harness.request(request)).subject == asked.subject


async def test_a_name_a_phone_and_an_address_are_corrected_too(harness: Harness) -> None:
    home = PostalAddress(country="DE", city="Bonn", lines=("Am Markt 1",))
    there = replace(home, city="Köln")
    await harness.holders["deals"].keep(Card(id="one", owner=replace(ANNA, address=home)))
    request = await searched(harness, RequestType.RECTIFICATION)
    right = Person(name="Anna Adler", phone="+49 30 7654321", address=there)
    await rectify(harness, request, right, Person(name="anna  KERN", phone="030 1234567"))
    owner = (await card(harness, "deals", "one")).owner
    assert owner == replace(ANNA, name="Anna Adler", phone="+49 30 7654321", address=there)


async def test_a_second_round_finds_the_person_by_the_values_of_the_first(harness: Harness) -> None:
    await _kept(harness)
    request = await searched(harness, RequestType.RECTIFICATION)
    await rectify(harness, request, RIGHT, WRONG)
    again = await rectify(harness, request, Person(name="Anna Adler"), Person(name="Anna Kern"))
    assert (again.round, again.fields, counted(again)) == (
        2,
        ("email", "name"),
        {("deals", "card"): 1, ("tickets", "card"): 1},
    )
    assert (await card(harness, "tickets", "two")).owner.name == "Anna Adler"


async def test_a_repeated_question_changes_nothing_and_states_the_same_count(harness: Harness) -> None:
    await _kept(harness)
    request = await searched(harness, RequestType.RECTIFICATION)
    fields = {"case_id": request.id, "right": RIGHT, "wrong": WRONG}
    await harness.run(begin_rectification, BeginRectification, **fields)
    first: Any = body_of(await states(harness, "deals"))
    again: Any = body_of(await states(harness, "deals"))
    assert [(one.kind, one.rows) for one in first.counts] == [("card", 1)]
    assert first == again
    assert (await card(harness, "deals", "one")).version == 2


async def test_the_request_is_completed_only_when_every_service_has_stated_it(harness: Harness) -> None:
    await _kept(harness)
    request = await searched(harness, RequestType.RECTIFICATION)
    with pytest.raises(MeasureOutstanding, match="BeginRectification"):
        await _complete(harness, request)
    await harness.run(begin_rectification, BeginRectification, case_id=request.id, right=RIGHT, wrong=WRONG)
    question = asked(harness)
    for one in SERVICES[:-1]:
        harness.told.append(question)
        await on_subject_measure_stated(harness.env, await states(harness, one), a_call())
    assert (await measure(harness, request)).missing_services == SERVICES[-1:]
    with pytest.raises(MeasureOutstanding, match=SERVICES[-1]):
        await _complete(harness, request)
    await on_subject_measure_stated(harness.env, await states(harness, SERVICES[-1]), a_call())
    assert (await _complete(harness, request)).state is RequestState.COMPLETED


async def test_a_forged_statement_is_refused(harness: Harness) -> None:
    request = await searched(harness, RequestType.RECTIFICATION)
    await harness.run(begin_rectification, BeginRectification, case_id=request.id, right=RIGHT, wrong=WRONG)
    told = await states(harness, "deals")
    stolen = replace(
        told, source=told.source.replace("deals", "orders"), subject=told.subject.replace("deals", "orders")
    )
    with pytest.raises(StatementForged):
        await on_subject_measure_stated(harness.env, stolen, a_call())
    assert "deals" in (await measure(harness, request)).missing_services


async def test_a_correction_names_everything_that_is_wrong_with_it(harness: Harness) -> None:
    request = await searched(harness, RequestType.RECTIFICATION)
    for right, paths in (
        (Person(), ["right"]),
        (Person(name="A", email="a@example.org", phone="1"), ["wrong.name", "wrong.email", "wrong.phone"]),
        (Person(address=PostalAddress(country="XX")), ["right.address.country"]),
    ):
        with pytest.raises(InvalidInput) as refused:
            await harness.run(begin_rectification, BeginRectification, case_id=request.id, right=right)
        assert [one.field for one in refused.value.violations] == paths


async def test_without_a_name_nobody_can_be_told_from_somebody_at_the_same_mailbox(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME, type=RequestType.RECTIFICATION))
    fields = {"case_id": request.id, "right": RIGHT, "wrong": WRONG}
    with pytest.raises(InvalidInput, match="known_as"):
        await harness.run(begin_rectification, BeginRectification, **fields)
    await harness.run(begin_rectification, BeginRectification, **fields, known_as=("Anna Kern",))


async def test_only_a_searched_request_for_rectification_corrects(harness: Harness) -> None:
    access = await harness.search(await harness.ask(ME))
    with pytest.raises(NoMeasure):
        await harness.run(begin_rectification, BeginRectification, case_id=access.id, right=RIGHT, wrong=WRONG)
    unsearched = await harness.ask(ME, type=RequestType.RECTIFICATION)
    with pytest.raises(WrongState):
        await harness.run(begin_rectification, BeginRectification, case_id=unsearched.id, right=RIGHT, wrong=WRONG)


async def test_the_request_says_which_recipients_were_told_of_what(harness: Harness) -> None:
    await rectify(harness, request := await searched(harness, RequestType.RECTIFICATION), RIGHT, WRONG)
    at = harness.clock.now() - timedelta(hours=1)
    told = {"id": request.id, "recipient": "Nordlicht Pte", "channel": RequestChannel.LETTER, "told_time": at}
    await harness.run(record_recipient_told, RecordRecipientTold, **told)
    after = await harness.run(record_recipient_told, RecordRecipientTold, **told)
    notice = RecipientNotice(recipient="Nordlicht Pte", channel=RequestChannel.LETTER, told_time=at, fields=("email",))
    assert after.recipients_told == (notice,)
    later = {**told, "told_time": harness.clock.now() + timedelta(hours=1)}
    with pytest.raises(InvalidInput):
        await harness.run(record_recipient_told, RecordRecipientTold, **later)
    access = await harness.search(await harness.ask(ME))
    with pytest.raises(NoRecipients):
        await harness.run(record_recipient_told, RecordRecipientTold, **{**told, "id": access.id})


async def test_an_erased_person_is_not_written_anew_by_a_late_question(harness: Harness) -> None:
    """An erasure between the question and its answer leaves nobody to correct."""
    await _kept(harness)
    request = await searched(harness, RequestType.RECTIFICATION)
    await harness.run(begin_rectification, BeginRectification, case_id=request.id, right=RIGHT, wrong=WRONG)
    question = asked(harness)
    await erasures.erase(harness, await erasures.searched(harness, ME))
    harness.told.append(question)
    body: Any = body_of(await states(harness, "tickets"))
    assert list(body.counts) == []
    assert (await card(harness, "tickets", "two")).owner == Person()
