"""Partners pursue a deal together, and each sees what it was told: a member its snapshot, everybody else nothing."""

import asyncio
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.errors import AppError, InvalidInput, NotFound
from libs.money import PER_UNIT, Money
from libs.partner import PartnerStatus
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from services.deals.claims import usecases as claims
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges, RegistrationLine
from services.deals.claims.domain.states import ActivityType
from services.deals.pursuit import usecases, wire
from services.deals.pursuit.api import Api
from services.deals.pursuit.consumers import CONSUMERS
from services.deals.pursuit.documents import MEMBERSHIPS, SNAPSHOTS
from services.deals.pursuit.domain.members import (
    PursuitChannel,
    PursuitMembership,
    PursuitRole,
    PursuitState,
    PursuitStepState,
)
from services.deals.pursuit.domain.snapshots import SharedField
from services.deals.pursuit.jobs import expire
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION
from tests.builders import NOW, a_call, a_call_of, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness
from tests.component.replica import sealed

OTHER, STRANGER = an_id("ptn", 3), an_id("ptn", 4)
MEMBERS, EVERYBODY = (RIVAL, OTHER), (PARTNER, RIVAL, OTHER, STRANGER)
CUSTOMER = Customer(legal_name="Zirkon Sonden GmbH", country="AT", subdivision="9", domain="zirkon-sonden.example")
LINE = RegistrationLine(sku="Q-1", product_line="QUARZE", expected_amount=Money(7 * PER_UNIT, "EUR"))
CLOSE = date(2027, 5, 6)
# What the claim has, field by field, as a client reads it.
VALUES: dict[SharedField, Any] = {
    SharedField.CUSTOMER_NAME: "Zirkon Sonden GmbH",
    SharedField.CUSTOMER_DOMAIN: "zirkon-sonden.example",
    SharedField.CUSTOMER_COUNTRY: "AT",
    SharedField.CUSTOMER_SUBDIVISION: "9",
    SharedField.PRODUCT_LINES: ["QUARZE"],
    SharedField.EXPECTED_AMOUNT: {"currency_code": "EUR", "units": "7"},
    SharedField.EXPECTED_CLOSE_DATE: {"year": 2027, "month": 5, "day": 6},
    SharedField.STAGE: "STAGE_PROSPECT",
}
OF_CUSTOMER = frozenset(list(SharedField)[:4])
SPOKEN = ("Zirkon", "zirkon")


async def a_deal(harness: Harness) -> Registration:
    """A claim of PARTNER, whose customer may still be changed; the other partners are active."""
    await harness.partner(OTHER, parent_partner_id=RIVAL)
    await harness.partner(STRANGER, sees_downline=True)
    reg = await harness.claimed(customer=CUSTOMER, lines=(LINE,), expected_close_date=CLOSE)
    asked = {"requested_fields": ("customer",)}
    return await harness.run(decisions.request_changes, decisions.RequestChanges, id=reg.id, **asked)


async def invite(
    harness: Harness, reg: Registration, partner: str = RIVAL, fields: tuple[SharedField, ...] = tuple(SharedField)
) -> PursuitMembership:
    return await harness.run(
        usecases.invite_member,
        usecases.InviteMember,
        registration_id=reg.id,
        partner_id=partner,
        role=PursuitRole.CO_SELLER,
        shared_fields=fields,
        valid_days=7,
    )


async def answer(harness: Harness, use_case: Any, id: str, partner: str = "") -> PursuitMembership:
    found: PursuitMembership = await harness.env.run(
        use_case, usecases.AnswerInvitation(call=a_call_of(partner), id=id)
    )
    return found


async def become(harness: Harness, reg: Registration, *, person: bool) -> None:
    """The customer is a natural person from now on, or none any more."""
    changes = RegistrationChanges(customer=replace(CUSTOMER, natural_person=person))
    await harness.run(claims.update_registration, claims.UpdateRegistration, id=reg.id, changes=changes)


async def settle(harness: Harness) -> None:
    """Deliver what was told."""
    told, harness.told = harness.told, []
    for envelope in told:
        for consumer in CONSUMERS:
            if consumer.takes(envelope.subject.split(".", 2)[2]):
                await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))


async def work(harness: Harness, id: str, partner: str) -> None:
    """Plan a step and record an activity."""
    what: dict[str, Any] = {"call": a_call_of(partner), "membership_id": id, "type": ActivityType.MEETING}
    await harness.env.run(usecases.add_next_step, usecases.AddNextStep(**what, due_date=CLOSE))
    what |= {"channel": PursuitChannel.FAX, "date": NOW.date()}
    await harness.env.run(usecases.record_pursuit_activity, usecases.RecordPursuitActivity(**what))


async def seen(harness: Harness, partner: str, **asked: Any) -> list[dict[str, Any]]:
    """The memberships that somebody is shown, as a client reads them."""
    call = a_call_of(partner)
    found = await usecases.list_memberships(harness.env, usecases.ListMemberships(call=call, **asked))
    shown = wire.memberships(found, call, harness.clock.now())
    return [MessageToDict(one, preserving_proto_field_name=True) for one in shown.memberships]


class World:
    """A deal, its owner, two partners that may be members, a stranger; and by hand what each may see."""

    def __init__(self, harness: Harness, reg: Registration) -> None:
        self.harness, self.reg = harness, reg
        self.person = False
        self.ids: dict[str, list[str]] = {one: [] for one in MEMBERS}
        self.states: dict[str, str] = {}
        self.fields: dict[str, tuple[SharedField, ...]] = {}
        self.withheld: set[str] = set()

    async def play(self, verb: str, partner: str, fields: tuple[SharedField, ...]) -> None:
        last = self.ids[partner][-1] if self.ids[partner] else ""
        state = self.states.get(last, "")
        match verb:
            case "invite" if state not in ("INVITED", "ACCEPTED"):
                await self._invite(partner, fields)
            case "accept" if state == "INVITED":
                await answer(self.harness, usecases.accept_invitation, last, partner)
                self.states[last] = "ACCEPTED"
                self.withheld |= {last} if self.person else set()
            case "decline" if state == "INVITED":
                await answer(self.harness, usecases.decline_invitation, last, partner)
                self.states[last] = "DECLINED"
            case "end" if state in ("INVITED", "ACCEPTED"):
                await answer(self.harness, usecases.end_membership, last)
                self.states[last] = "ENDED"
            case "work" if state == "ACCEPTED":
                await work(self.harness, last, partner)
            case "person":
                self.person = not self.person
                await become(self.harness, self.reg, person=self.person)
            case "settle":
                await settle(self.harness)
                self.withheld |= {id for id, one in self.states.items() if one == "ACCEPTED" and self.person}

    async def _invite(self, partner: str, fields: tuple[SharedField, ...]) -> None:
        if self.person and OF_CUSTOMER & {*fields}:
            with pytest.raises(InvalidInput):
                await invite(self.harness, self.reg, partner, fields)
            return
        id = (await invite(self.harness, self.reg, partner, fields)).id
        self.ids[partner].append(id)
        self.states[id], self.fields[id] = "INVITED", fields

    async def check(self) -> None:
        for viewer in EVERYBODY:
            rows = await seen(self.harness, viewer)
            assert [one["id"] for one in rows] == self.ids.get(viewer, [])
            for row in rows:
                assert row["state"] == f"PURSUIT_STATE_{self.states[row['id']]}"
                self._snapshot(row)
            others = {self.reg.id, *EVERYBODY, *(id for one in MEMBERS for id in self.ids[one])}
            told = str(rows)
            assert not [one for one in others - {viewer, *self.ids.get(viewer, [])} if one in told]

    def _snapshot(self, row: dict[str, Any]) -> None:
        id = row["id"]
        if self.states[id] != "ACCEPTED":
            assert "snapshot" not in row
            assert not [word for word in SPOKEN if word in str(row)]
            return
        hidden = OF_CUSTOMER if self.person or id in self.withheld else frozenset[SharedField]()
        told = {one.name.lower(): VALUES[one] for one in self.fields[id] if one not in hidden}
        withheld = [f"SHARED_FIELD_{one.name}" for one in self.fields[id] if one in hidden]
        expected = told | ({"withheld_fields": withheld} if withheld else {})
        assert {name: value for name, value in row["snapshot"].items() if name != "take_time"} == expected

    async def check_foreign(self) -> None:
        """Whoever names the membership of another gets what a membership that does not exist gets; nor is anything
        stored that was withheld."""
        for partner, ids in self.ids.items():
            for viewer in {*EVERYBODY} - {partner}:
                call = a_call_of(viewer)
                for id in ids[-1:]:
                    for act in (
                        usecases.get_membership(self.harness.env, usecases.GetMembership(call=call, id=id)),
                        usecases.list_next_steps(
                            self.harness.env, usecases.ListOfMembership(call=call, membership_id=id)
                        ),
                        usecases.list_pursuit_activities(
                            self.harness.env, usecases.ListOfMembership(call=call, membership_id=id)
                        ),
                        answer(self.harness, usecases.accept_invitation, id, viewer),
                        seen(self.harness, viewer, partner_id=partner),
                        seen(self.harness, viewer, registration_id=self.reg.id),
                    ):
                        with pytest.raises(NotFound):
                            await act
        for id in self.withheld:
            if self.states[id] == "ACCEPTED":
                assert "irkon" not in str(await self.harness.value(SNAPSHOTS, id))


SOME = st.lists(st.sampled_from(SharedField), min_size=1, unique=True).map(tuple)
VERBS = ("invite", "accept", "accept", "decline", "end", "work", "person", "settle")
ACTS = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(MEMBERS), SOME), min_size=6, max_size=14)


@settings(max_examples=8, deadline=None)
@given(ACTS)
def test_nobody_sees_more_than_the_snapshot_that_it_was_given(keys: Keys, acts: list[Any]) -> None:
    async def played() -> None:
        with TemporaryDirectory() as folder:
            async with sealed(Path(folder), COMPOSITION.name, COMPOSITION.kinds, keys) as store:
                harness = Harness(store, keys)
                await harness.partner(PARTNER, sees_downline=True)
                await harness.partner(RIVAL, sees_downline=True, parent_partner_id=PARTNER)
                world = World(harness, await a_deal(harness))
                everybody = [("invite", one, tuple(SharedField)) for one in MEMBERS]
                for act in (*everybody, *acts, ("settle", RIVAL, ())):
                    await world.play(*act)
                    await world.check()
                await world.check_foreign()

    asyncio.run(played())


async def test_an_answer_that_is_asked_for_again_shows_nothing_that_became_personal_since(harness: Harness) -> None:
    reg = await a_deal(harness)
    member = await invite(harness, reg)
    api, asked = Api(harness.env), pb.AcceptInvitationRequest(request_id="again", id=member.id)

    async def accept() -> pb.PursuitMembership:
        return (await api.AcceptInvitation(asked, a_call("again", fingerprint="accept"))).membership

    first = await accept()
    assert first.snapshot.customer_name == CUSTOMER.legal_name
    assert (await accept()) == first
    await become(harness, reg, person=True)
    again = await accept()
    assert (again.state, again.snapshot.customer_name) == (first.state, "")
    assert pb.SHARED_FIELD_CUSTOMER_NAME in again.snapshot.withheld_fields
    assert again.snapshot.expected_amount == first.snapshot.expected_amount


async def test_a_claim_that_changes_while_its_snapshot_is_taken_leaves_nothing_personal_in_it(harness: Harness) -> None:
    """The event of the change comes before that of the acceptance: the second one must look as well."""
    reg = await a_deal(harness)
    member = await answer(harness, usecases.accept_invitation, (await invite(harness, reg)).id, RIVAL)
    await become(harness, reg, person=True)
    harness.told = [one for one in harness.told if not one.subject.endswith("registration.updated")]
    await settle(harness)
    assert (await harness.value(SNAPSHOTS, member.id)).customer_name == ""


async def test_an_invitation_expires_once_and_the_partner_can_be_invited_again(harness: Harness) -> None:
    reg = await a_deal(harness)
    member = await invite(harness, reg)
    harness.days(7)
    assert [one["state"] for one in await seen(harness, RIVAL)] == ["PURSUIT_STATE_EXPIRED"]
    with pytest.raises(AppError):
        await answer(harness, usecases.accept_invitation, member.id, RIVAL)
    harness.told.clear()
    assert [await expire(harness.env), await expire(harness.env)] == [1, 0]
    assert harness.names() == ["PursuitExpired"]
    assert (await harness.value(MEMBERSHIPS, member.id)).state is PursuitState.EXPIRED
    assert (await invite(harness, reg)).state is PursuitState.INVITED


async def test_an_expired_invitation_stands_in_no_way_although_no_job_has_run(harness: Harness) -> None:
    reg = await a_deal(harness)
    member = await invite(harness, reg)
    harness.days(7)
    harness.told.clear()
    again = await invite(harness, reg)
    assert (again.state, harness.names()) == (PursuitState.INVITED, ["PursuitExpired", "PursuitInvited"])
    assert (await harness.value(MEMBERSHIPS, member.id)).state is PursuitState.EXPIRED
    assert await expire(harness.env) == 0


async def test_who_cannot_be_invited_is_refused_and_of_two_at_once_one_is(harness: Harness, replica: Harness) -> None:
    reg = await a_deal(harness)
    await harness.partner(STRANGER, PartnerStatus.SUSPENDED, facts_version=2)
    draft = await harness.draft(customer=CUSTOMER)
    for claim, partner, reason in (
        (reg, PARTNER, "INVALID_INPUT"),
        (reg, STRANGER, "PARTNER_NOT_ACTIVE"),
        (draft, RIVAL, "WRONG_STATE"),
    ):
        with pytest.raises(AppError) as refused:
            await invite(harness, claim, partner)
        assert refused.value.reason == reason
    both = await asyncio.gather(invite(harness, reg), invite(replica, reg), return_exceptions=True)
    (refusal,) = [one for one in both if isinstance(one, AppError)]
    (member,) = [one for one in both if isinstance(one, PursuitMembership)]
    assert refusal.reason in ("ALREADY_MEMBER", "DUPLICATE")
    assert [one["id"] for one in await seen(harness, "", registration_id=reg.id)] == [member.id]


async def test_steps_and_activities_are_listed_and_a_step_changes_once(harness: Harness) -> None:
    reg = await a_deal(harness)
    member = await answer(harness, usecases.accept_invitation, (await invite(harness, reg)).id, RIVAL)
    await work(harness, member.id, RIVAL)
    asked = usecases.ListOfMembership(call=a_call_of(RIVAL), membership_id=member.id)
    (step,) = (await usecases.list_next_steps(harness.env, asked)).rows
    (done,) = (await usecases.list_pursuit_activities(harness.env, asked)).rows
    assert (done.value.channel, step.value.due_date) == (PursuitChannel.FAX, CLOSE)
    change = usecases.ChangeNextStep(call=a_call_of(RIVAL), id=step.value.id, state=PursuitStepState.DONE)
    first = await harness.env.run(usecases.change_next_step, change)
    assert await harness.env.run(usecases.change_next_step, change) == first
    assert len(first.changes) == 2
    foreign = replace(change, call=a_call_of(OTHER))
    with pytest.raises(NotFound):
        await harness.env.run(usecases.change_next_step, foreign)
