"""Claims as callers meet them: repetition, versions, masks, pages, rivals, territories, and whom one may not know."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import Cell, Directory
from libs.errors import EtagMismatch, InvalidInput, NotFound, RequestIdReused, WrongCell, WrongState
from libs.messaging.envelope import Envelope
from libs.partner import PartnerNotActive, PartnerStatus
from libs.pb.prm.deals.v1 import deals_events_pb2 as told
from libs.pb.prm.deals.v1 import deals_requests_pb2 as pb
from libs.pb.prm.deals.v1 import registration_pb2
from libs.pb.prm.orders.v1 import orders_events_pb2 as ordered
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.deals import wire
from services.deals.consumers import on_order_created
from services.deals.documents import SLOTS
from services.deals.domain.matching import Conflict, CustomerProtected, MatchReason
from services.deals.domain.partner import TerritoryExclusive
from services.deals.domain.registration import Customer, Registration, RegistrationLine
from services.deals.domain.states import MatchKey, Review, Stage
from services.deals.usecases import clocks, decisions, drafts, matching, protection
from services.deals.usecases.settings import Policy
from tests.builders import NOW, a_call, an_id
from tests.component.deals.desk import ACME, PARTNER, RIVAL, ROUTERS, Desk, a_customer

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")
CLAIRE = Person(name="Claire Dubois", email="claire@acme.example")


def _violations(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in refused.value.violations]


async def test_a_repeated_creation_gets_the_first_answer_and_another_one_under_its_id_is_refused(desk: Desk) -> None:
    first = await desk.draft(request_id="r1")
    assert await desk.draft(request_id="r1") == first
    with pytest.raises(RequestIdReused):
        await desk.draft(request_id="r1", lines=(SWITCHES,))
    with pytest.raises(RequestIdReused):
        await desk.submit(first, request_id="r1")
    assert desk.names() == ["RegistrationCreated"]


async def test_a_repetition_gets_its_answer_also_when_the_claim_has_moved_on(desk: Desk) -> None:
    reg = await desk.draft()
    submitted = await desk.submit(reg, request_id="r2")
    await desk.run(decisions.start_review, decisions.StartReview, id=reg.id)
    assert await desk.submit(reg, request_id="r2") == submitted
    with pytest.raises(WrongState):
        await desk.submit(reg)


async def test_whoever_has_read_an_older_version_is_refused(desk: Desk) -> None:
    reg = await desk.draft()
    submitted = await desk.submit(reg, etag="1")
    for use_case, command in (
        (decisions.start_review, decisions.StartReview),
        (decisions.approve_registration, decisions.ApproveRegistration),
        (protection.withdraw_registration, protection.WithdrawRegistration),
    ):
        with pytest.raises(EtagMismatch):
            await desk.run(use_case, command, id=reg.id, etag="1")
    assert await desk.reg(reg) == submitted


async def test_a_mask_replaces_what_it_names_and_nothing_else(desk: Desk, keys: Keys) -> None:
    reg = await desk.draft(customer_contact=CLAIRE, description=PersonalText(text="Two sites"))
    assert reg.customer_contact is not None
    request = pb.UpdateRegistrationRequest(id=reg.id, lines=[registration_pb2.RegistrationLine(sku="SW-1", quantity=3)])
    request.update_mask.paths.extend(["lines", "customer_contact"])
    desk.clock.advance(timedelta(minutes=1))
    changed = await desk.env.run(drafts.update_registration, wire.update(request, a_call()))
    expected = Registration(
        id=reg.id,
        version=2,
        partner_id=PARTNER,
        customer=ACME,
        lines=(RegistrationLine(sku="SW-1", quantity=3),),
        description=reg.description,
        create_time=NOW,
        update_time=NOW + timedelta(minutes=1),
    )
    assert changed == expected
    updated = told.RegistrationUpdated(registration_id=reg.id, partner_id=PARTNER, fields=["customer_contact", "lines"])
    assert desk.events()[-1] == ("RegistrationUpdated", 2, updated)
    for one in hashes(keys, reg.customer_contact):
        assert await everything(desk.env.store, ALIASES, {"hash": one}) == ()


@pytest.mark.parametrize(
    ("paths", "violations"),
    [
        (["review"], [("update_mask", "UNKNOWN_PATH")]),
        (["customer.domain"], [("update_mask", "UNKNOWN_PATH")]),
        (["customer"], [("customer", "REQUIRED")]),
    ],
)
async def test_a_mask_may_name_only_what_can_be_set(desk: Desk, paths: list[str], violations: list[Any]) -> None:
    reg = await desk.draft()
    request = pb.UpdateRegistrationRequest(id=reg.id)
    request.update_mask.paths.extend(paths)
    with pytest.raises(InvalidInput) as refused:
        await desk.env.run(drafts.update_registration, wire.update(request, a_call()))
    assert _violations(refused) == violations


async def test_what_is_returned_may_be_changed_only_where_it_was_asked_for(desk: Desk) -> None:
    reg = await desk.claimed()
    command = decisions.RequestChanges
    await desk.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    with pytest.raises(InvalidInput) as refused:
        await desk.run(drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes={"description": None})
    assert _violations(refused) == [("description", "NOT_REQUESTED")]


async def test_pages_follow_each_other_and_belong_to_their_query(desk: Desk) -> None:
    made = [(await desk.draft()).id for _ in range(5)]
    await desk.draft(RIVAL)
    found: list[str] = []
    token = ""
    for size in (2, 2, 1):
        page = await desk.look(
            drafts.list_registrations, drafts.ListRegistrations, partner_id=PARTNER, page_size=2, page_token=token
        )
        assert len(page.rows) == size
        found += [held.value.id for held in page.rows]
        last, token = token, page.next_cursor
    assert (found, token) == (made, "")
    for foreign in ({"partner_id": RIVAL}, {"partner_id": PARTNER, "review": Review.DRAFT}, {}):
        with pytest.raises(InvalidInput) as refused:
            await desk.look(drafts.list_registrations, drafts.ListRegistrations, page_token=last, **foreign)
        assert _violations(refused) == [("page_token", "FOREIGN_PAGE_TOKEN")]


async def test_only_what_is_protected_is_listed_by_its_end(desk: Desk) -> None:
    soon = await desk.approved()
    desk.days(1)
    later = await desk.approved(RIVAL, customer=a_customer("Beta"))
    await desk.claimed(customer=a_customer("Gamma"))
    before = NOW + timedelta(days=91, seconds=1)
    page = await desk.look(drafts.list_registrations, drafts.ListRegistrations, expiring_before=before)
    assert [held.value.id for held in page.rows] == [soon.id, later.id]
    page = await desk.look(
        drafts.list_registrations, drafts.ListRegistrations, expiring_before=before, partner_id=RIVAL, stage=Stage.WON
    )
    assert page.rows == []
    with pytest.raises(InvalidInput) as refused:
        await desk.look(
            drafts.list_registrations, drafts.ListRegistrations, expiring_before=before, review=Review.DRAFT
        )
    assert _violations(refused) == [("review", "NOT_WITH_EXPIRING_BEFORE")]


async def test_rivals_come_with_everything_that_speaks_for_them_and_where_they_stand_now(desk: Desk) -> None:
    first = await desk.approved(RIVAL, lines=(ROUTERS, SWITCHES))
    desk.days(1)
    abroad = Customer(legal_name="ACME Ltd.", country="GB", domain="acme.de")
    second = await desk.submit(await desk.draft(customer=abroad))
    mine = await desk.submit(await desk.draft(lines=(SWITCHES,)))
    domain, name = MatchReason(MatchKey.DOMAIN, 85), MatchReason(MatchKey.NAME, 75)
    expected = Conflict(
        registration_id=first.id,
        partner_id=RIVAL,
        score=90,
        reasons=(domain, name),
        review=Review.APPROVED,
        earlier=True,
        same_partner=False,
        same_country=True,
        product_lines=("SWITCHES",),
        protected_until=first.protected_until,
    )
    of_own = Conflict(
        registration_id=second.id,
        partner_id=PARTNER,
        score=85,
        reasons=(domain,),
        review=Review.SUBMITTED,
        earlier=True,
        same_partner=True,
        same_country=False,
        product_lines=(),
        protected_until=None,
    )
    assert await desk.conflicts(mine) == (expected, of_own)
    await desk.withdraw(second)
    assert await desk.conflicts(mine) == (expected,)
    assert [one.earlier for one in await desk.conflicts(first)] == [False]


async def test_a_page_of_conflicts_belongs_to_its_claim(desk: Desk) -> None:
    claims = [await desk.submit(await desk.draft()) for _ in range(4)]
    one = claims[0].id
    ask: Any = matching.ListConflicts
    found, more = await desk.look(matching.list_conflicts, ask, registration_id=one, page_size=2)
    rest, end = await desk.look(matching.list_conflicts, ask, registration_id=one, page_size=2, page_token=more)
    assert ([len(found), len(rest)], end) == ([2, 1], "")
    assert {c.registration_id for c in (*found, *rest)} == {reg.id for reg in claims[1:]}
    for token in (more.replace(one, claims[1].id), f"{one}.-1", f"{one}.²", "nonsense"):
        with pytest.raises(InvalidInput) as refused:
            await desk.look(matching.list_conflicts, ask, registration_id=one, page_token=token)
        assert _violations(refused) == [("page_token", "FOREIGN_PAGE_TOKEN")]


async def test_protection_is_found_behind_any_number_of_other_matches(desk: Desk, store: Store, keys: Keys) -> None:
    desk = Desk(store, keys, policy=Policy(claims_without_tier=300))
    protected = await desk.approved(RIVAL, customer=Customer(legal_name="Acme", country="DE", phone="030 901820"))
    for _ in range(matching.CONFLICTS_LISTED):
        await desk.submit(await desk.draft())
    mine = await desk.claimed(customer=replace(ACME, phone="030 901820"))
    assert protected.id not in {one.registration_id for one in await desk.conflicts(mine)}
    with pytest.raises(CustomerProtected):
        await desk.approve(mine)


async def test_a_rival_blocks_until_its_protection_ends_and_only_on_the_same_products(desk: Desk) -> None:
    await desk.approved(RIVAL)
    assert (await desk.approved(lines=(SWITCHES,))).review is Review.APPROVED
    mine = await desk.claimed()
    with pytest.raises(CustomerProtected):
        await desk.approve(mine)
    desk.days(90)
    assert (await desk.approve(mine)).review is Review.APPROVED


async def test_a_customer_named_anew_is_matched_by_its_new_name(desk: Desk) -> None:
    reg = await desk.claimed()
    command: Any = decisions.RequestChanges
    await desk.run(decisions.request_changes, command, id=reg.id, requested_fields=("customer",))
    beta = a_customer("Beta")
    await desk.run(drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes={"customer": beta})
    again = await desk.submit(reg)
    assert (again.review, again.submit_time) == (Review.SUBMITTED, reg.submit_time)
    assert (await desk.submit(await desk.draft(RIVAL))).conflict_count == 0
    assert (await desk.submit(await desk.draft(RIVAL, customer=beta))).conflict_count == 1
    assert [(await desk.value(SLOTS, key)).claims for key in reg.keys] != [(), ()]


async def test_anothers_exclusive_territory_is_closed_for_its_products_while_it_lasts(desk: Desk) -> None:
    today = NOW.date()
    await desk.territory(1, product_line="ROUTERS", valid_from=today, valid_until=today + timedelta(days=1))
    await desk.territory(2, partner=PARTNER, product_line="SWITCHES")
    await desk.territory(3, exclusive=False)
    with pytest.raises(TerritoryExclusive) as refused:
        await desk.submit(await desk.draft())
    assert refused.value.metadata == {"territory": "DE"}
    assert (await desk.submit(await desk.draft(lines=(SWITCHES,)))).review is Review.SUBMITTED
    assert (await desk.submit(await desk.draft(RIVAL))).review is Review.SUBMITTED
    elsewhere = a_customer("Acme", "AT")
    assert (await desk.submit(await desk.draft(customer=elsewhere))).review is Review.SUBMITTED
    desk.days(2)
    assert (await desk.submit(await desk.draft())).review is Review.SUBMITTED


@pytest.mark.parametrize("status", [one for one in PartnerStatus if one is not PartnerStatus.ACTIVE])
async def test_only_an_active_partner_claims_submits_and_wins(desk: Desk, status: PartnerStatus) -> None:
    reg, won = await desk.draft(), await desk.approved()
    await desk.partner(status=status, facts_version=2)
    for act in (desk.draft(), desk.submit(reg), desk.convert(won)):
        with pytest.raises(PartnerNotActive):
            await act


async def test_a_customer_is_in_a_country_that_exists_and_is_served_here(desk: Desk) -> None:
    nowhere, reg = Customer(legal_name="Acme", country="XQ"), await desk.draft()
    for act in (
        desk.draft(customer=nowhere),
        desk.run(drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes={"customer": nowhere}),
    ):
        with pytest.raises(InvalidInput) as refused:
            await act
        assert _violations(refused) == [("customer.country", "UNKNOWN_COUNTRY")]
    germany = Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    desk.env.directory = Directory(germany)
    with pytest.raises(WrongCell):
        await desk.draft(customer=Customer(legal_name="Acme", country="CN"))


async def test_nobody_finds_what_does_not_exist(desk: Desk) -> None:
    unknown = an_id("reg")
    for use_case, command, fields in (
        (decisions.submit_registration, decisions.SubmitRegistration, {}),
        (decisions.start_review, decisions.StartReview, {}),
        (decisions.request_changes, decisions.RequestChanges, {"requested_fields": ("lines",)}),
        (decisions.approve_registration, decisions.ApproveRegistration, {}),
        (protection.withdraw_registration, protection.WithdrawRegistration, {}),
        (protection.advance_stage, protection.AdvanceStage, {"stage": Stage.QUALIFIED}),
        (protection.convert_registration, protection.ConvertRegistration, {}),
    ):
        with pytest.raises(NotFound):
            await desk.run(use_case, command, id=unknown, **fields)
    with pytest.raises(NotFound):
        await desk.look(drafts.get_registration, drafts.GetRegistration, id=unknown)
    with pytest.raises(NotFound):
        await desk.look(matching.list_conflicts, matching.ListConflicts, registration_id=unknown)


async def test_the_decision_clock_counts_where_the_customer_is_and_stands_while_the_partner_is_asked(
    desk: Desk,
) -> None:
    shanghai = a_customer("上海零售有限公司", "CN")
    reg = await desk.claimed(customer=shanghai)  # Monday; five working days end with the next Monday
    midnight_there = NOW.replace(hour=16) + timedelta(days=7)
    assert reg.decision_due_time == midnight_there
    desk.days(1)
    command: Any = decisions.RequestChanges
    asked = await desk.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    assert asked.decision_due_time is None
    deadline = clocks.decision_deadline(desk.env, asked)
    assert deadline is not None
    assert deadline.due is None
    desk.days(2)
    again = await desk.submit(reg)
    assert again.decision_due_time == midnight_there + timedelta(days=2)


async def _order_created(desk: Desk, registration_id: str, *, order: int = 1, from_conversion: bool = True) -> None:
    body = ordered.OrderCreated(
        order_id=an_id("ord", order),
        partner_id=PARTNER,
        registration_id=registration_id,
        from_conversion=from_conversion,
    )
    envelope = Envelope(
        id=f"event-{order}{registration_id}",
        type="prm.orders.v1.OrderCreated",
        source="prm/local/orders",
        about=body.order_id,
        version=1,
        subject="prm.local.orders.order.created",
        time=NOW,
        body=body.SerializeToString(),
    )
    await on_order_created(desk.env, envelope, a_call())


async def test_the_order_that_was_made_of_a_claim_is_named_on_it_however_often_it_is_told(desk: Desk) -> None:
    won = await desk.convert(await desk.approved())
    await _order_created(desk, won.id)
    await _order_created(desk, won.id)
    linked = await desk.reg(won)
    assert (linked.order_id, linked.review, linked.stage) == (an_id("ord"), Review.CONVERTED, Stage.WON)
    with pytest.raises(NotFound):
        await _order_created(desk, an_id("reg"))


async def test_an_order_made_by_hand_is_not_the_one_a_claim_became(desk: Desk) -> None:
    reg = await desk.approved()
    await _order_created(desk, reg.id, order=2, from_conversion=False)
    assert await desk.reg(reg) == reg
    await desk.convert(reg)
    await _order_created(desk, reg.id, order=3, from_conversion=False)
    await _order_created(desk, reg.id)
    await _order_created(desk, reg.id, order=4, from_conversion=False)
    await _order_created(desk, reg.id, order=5)
    assert (await desk.reg(reg)).order_id == an_id("ord")
    await _order_created(desk, an_id("reg"), from_conversion=False)
