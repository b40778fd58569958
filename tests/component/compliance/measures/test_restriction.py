"""A restriction holds for every row of the person, old and new, until it is lifted; an objection does the same."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call, Caller
from libs.errors import InvalidInput, NotFound
from libs.measures import measuring
from libs.person import Person, PersonalText
from libs.privacy.restriction import Restricted, restricted_data
from libs.store.port import create, get
from services.compliance.handling.usecases import CompleteRequest, complete_request
from services.compliance.measures.domain import (
    MeasureOutstanding,
    MeasureState,
    NoMeasure,
    ObjectionGround,
    ObjectionOutcome,
)
from services.compliance.measures.jobs import restrict_objections
from services.compliance.measures.usecases import (
    BeginRestriction,
    DecideObjection,
    LiftRestriction,
    begin_restriction,
    decide_objection,
    lift_restriction,
)
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestChannel, RequestState, RequestType
from tests.builders import a_call
from tests.component.compliance.harness import CARDS, Card, Harness
from tests.component.compliance.measures.acts import (
    ANNA,
    ME,
    asked,
    card,
    counted,
    left,
    measure,
    restrict,
    searched,
    take,
)

AT_MAILBOX = Person(person_id="psn_4", name="Cleo Adler", email="anna@example.org")
BERT = Person(person_id="psn_3", name="Bert Adler", email="bert@example.org", phone="+49301234567")
LETTER = RequestChannel.LETTER


def _as(*permissions: str) -> Call:
    """A call by somebody with these permissions."""
    caller = Caller(subject="dev:manager", permissions=frozenset(permissions))
    return replace(a_call(), caller=caller, method="/prm.deals.v1.DealRegistrationService/UpdateRegistration")


async def _edit(harness: Harness, id: str, call: Call, **fields: Any) -> Card:
    """Change a row of deals as an RPC does."""
    env = harness.holders["deals"].env
    loaded = await get(env.store, CARDS, id)
    assert loaded is not None
    return await env.commit(loaded.put(replace(loaded.value, **fields)), call=call)


async def _restricted(harness: Harness, *ids: str) -> frozenset[str]:
    return await harness.holders["deals"].env.restrictions.among(ids)


async def _kept(harness: Harness) -> SubjectRequest:
    await harness.holders["deals"].keep(Card(id="one", owner=ANNA, others=(BERT,), remark="a fact"))
    await harness.holders["deals"].keep(Card(id="two", owner=AT_MAILBOX))
    return await searched(harness, RequestType.RESTRICTION)


async def test_the_person_is_restricted_and_nobody_at_the_same_mailbox_or_switchboard(harness: Harness) -> None:
    taken = await restrict(harness, await _kept(harness))
    assert (taken.state, counted(taken)) == (
        MeasureState.TAKEN,
        {("deals", "card"): 1, ("compliance", "subject_request"): 1},
    )
    assert left(taken) == {("deals", "card", "THIRD_PARTY_RIGHTS_IMPAIRED"): 1}
    assert await _restricted(harness, "psn_1", "psn_3", "psn_4") == {"psn_1"}


async def test_a_person_without_an_id_gets_one(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="one", owner=replace(ANNA, person_id="")))
    await restrict(harness, await searched(harness, RequestType.RESTRICTION))
    owner = (await card(harness, "deals", "one")).owner
    assert owner.person_id
    assert await _restricted(harness, owner.person_id) == {owner.person_id}


async def test_a_later_row_of_the_person_is_restricted_too(harness: Harness) -> None:
    await restrict(harness, await _kept(harness))
    env = harness.holders["deals"].env
    for number, owner in enumerate((ANNA, BERT, AT_MAILBOX)):
        new = Card(id=f"new{number}", owner=replace(owner, person_id=f"psn_9{number}"))
        await env.commit(create(CARDS, new), call=_as())
    assert await _restricted(harness, "psn_90", "psn_91", "psn_92") == {"psn_90"}


async def test_only_compliance_changes_what_is_restricted(harness: Harness) -> None:
    await restrict(harness, await _kept(harness))
    changed = replace(ANNA, email="new@example.org")
    for fields in ({"owner": changed}, {"owner": BERT, "others": ()}):
        with pytest.raises(Restricted):
            await _edit(harness, "one", _as("deals.personal_data.unmask"), **fields)
    assert (await card(harness, "deals", "one")).owner == ANNA
    assert (await _edit(harness, "one", _as(), remark="another fact")).remark == "another fact"
    assert (await _edit(harness, "one", _as(), others=())).others == ()
    assert (await _edit(harness, "one", _as(restricted_data("deals")), owner=changed)).owner == changed


async def test_what_is_restricted_is_not_deleted(harness: Harness) -> None:
    await restrict(harness, await _kept(harness))
    env = harness.holders["deals"].env
    one, two = [await get(env.store, CARDS, id) for id in ("one", "two")]
    assert one is not None
    assert two is not None
    with pytest.raises(Restricted):
        await env.commit(two.put(replace(two.value, remark="merged")), one.delete(), call=_as())
    await env.commit(one.put(replace(one.value, remark="merged")), two.delete(), call=_as())


async def test_it_ends_when_it_is_lifted_after_a_notice_to_the_person(harness: Harness) -> None:
    request = await _kept(harness)
    with pytest.raises(NoMeasure):
        await harness.run(lift_restriction, LiftRestriction, case_id=request.id, channel=LETTER)
    await restrict(harness, request)
    later = harness.clock.now() + timedelta(hours=1)
    with pytest.raises(InvalidInput):
        await harness.run(lift_restriction, LiftRestriction, case_id=request.id, channel=LETTER, told_time=later)
    await harness.run(lift_restriction, LiftRestriction, case_id=request.id, channel=LETTER)
    assert await _restricted(harness, "psn_1") == {"psn_1"}  # until the service has heard of it
    lifted = await take(harness, request)
    assert lifted.lift_notice is not None
    assert (lifted.lift_notice.channel, lifted.lift_notice.told_time) == (LETTER, harness.clock.now())
    assert counted(lifted)["deals", "card"] == 1
    assert await _restricted(harness, "psn_1") == frozenset()
    await _edit(harness, "one", _as(), owner=replace(ANNA, email="new@example.org"))


async def test_a_question_that_arrives_after_a_later_one_changes_nothing(harness: Harness) -> None:
    request, deals = await _kept(harness), harness.holders["deals"]
    lift = {"case_id": request.id, "channel": LETTER}
    await harness.run(begin_restriction, BeginRestriction, case_id=request.id)
    late = asked(harness)
    await harness.run(lift_restriction, LiftRestriction, **lift)
    await take(harness, request)
    await measuring(CARDS).handle(deals.env, late, a_call())
    assert await _restricted(harness, "psn_1") == frozenset()
    await restrict(harness, request)
    await harness.run(lift_restriction, LiftRestriction, **lift)
    late = asked(harness)
    await restrict(harness, request)
    await measuring(CARDS).handle(deals.env, late, a_call())
    assert await _restricted(harness, "psn_1") == {"psn_1"}


async def test_of_two_restrictions_each_must_be_lifted(harness: Harness) -> None:
    first, second = await _kept(harness), await searched(harness, RequestType.OBJECTION)
    for one in (first, second):
        await restrict(harness, one)
    for one, left_over in ((first, {"psn_1"}), (second, set[str]())):
        await harness.run(lift_restriction, LiftRestriction, case_id=one.id, channel=LETTER)
        await take(harness, one)
        assert await _restricted(harness, "psn_1") == left_over


async def test_an_objection_is_restricted_by_itself_once_its_search_has_ended(harness: Harness) -> None:
    await _kept(harness)
    await searched(harness, RequestType.RECTIFICATION)
    nameless = await harness.search(await harness.ask(ME, type=RequestType.OBJECTION))
    request = await searched(harness, RequestType.OBJECTION)
    assert await restrict_objections(harness.env) == 1
    await take(harness, request)
    assert await _restricted(harness, "psn_1", "psn_3") == {"psn_1"}
    assert await restrict_objections(harness.env) == 0
    with pytest.raises(NotFound):
        await measure(harness, nameless)


@pytest.mark.parametrize(
    ("outcome", "ground", "left_over"),
    [
        (ObjectionOutcome.UPHELD, None, {"psn_1"}),
        (ObjectionOutcome.OVERRULED, ObjectionGround.LEGAL_CLAIMS, frozenset[str]()),
    ],
)
async def test_an_objection_restricts_until_it_is_decided(
    harness: Harness, outcome: ObjectionOutcome, ground: ObjectionGround | None, left_over: frozenset[str]
) -> None:
    await _kept(harness)
    request = await searched(harness, RequestType.OBJECTION)
    done = {"id": request.id, "done": PersonalText(text="Decided.")}
    await restrict(harness, request)
    with pytest.raises(MeasureOutstanding, match="DecideObjection"):
        await harness.run(complete_request, CompleteRequest, **done)
    await harness.run(decide_objection, DecideObjection, case_id=request.id, outcome=outcome, ground=ground)
    if ground is not None:
        with pytest.raises(MeasureOutstanding):
            await harness.run(complete_request, CompleteRequest, **done)
        await take(harness, request)
    assert await _restricted(harness, "psn_1") == left_over
    decision = (await measure(harness, request)).objection
    assert decision is not None
    assert (decision.outcome, decision.ground) == (outcome, ground)
    assert (await harness.run(complete_request, CompleteRequest, **done)).state is RequestState.COMPLETED


async def test_a_ground_goes_with_overruled_and_a_decision_with_an_objection(harness: Harness) -> None:
    request = await _kept(harness)
    objection = await searched(harness, RequestType.OBJECTION)
    for one in (request, objection):
        await restrict(harness, one)
    overruled = {"outcome": ObjectionOutcome.OVERRULED, "ground": ObjectionGround.LEGAL_CLAIMS}
    with pytest.raises(NoMeasure):
        await harness.run(decide_objection, DecideObjection, case_id=request.id, **overruled)
    for fields in ({**overruled, "ground": None}, {**overruled, "outcome": ObjectionOutcome.UPHELD}):
        with pytest.raises(InvalidInput):
            await harness.run(decide_objection, DecideObjection, case_id=objection.id, **fields)


async def test_only_a_request_for_it_restricts(harness: Harness) -> None:
    access = await harness.search(await harness.ask(ME))
    with pytest.raises(NoMeasure):
        await harness.run(begin_restriction, BeginRestriction, case_id=access.id, known_as=("Anna Kern",))
