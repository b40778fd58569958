"""Drafts of claims: masks, corrections, lists, countries."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import Cell, Directory
from libs.errors import InvalidInput, WrongCell
from libs.money import Money
from libs.pb.prm.deals import v1 as pb
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.store.listing import everything
from services.deals.claims import usecases as drafts
from services.deals.claims import wire
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges, RegistrationLine
from services.deals.claims.domain.states import Review, Stage
from services.deals.review import usecases as decisions
from tests.builders import NOW, a_call, a_call_of
from tests.component.deals.harness import ACME, PARTNER, RIVAL, ROUTERS, Harness, a_customer

CLAIRE = Person(name="Claire Dubois", email="claire@acme.example")


def _violations(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in refused.value.violations]


async def test_a_mask_replaces_what_it_names_and_nothing_else(harness: Harness, keys: Keys) -> None:
    reg = await harness.draft(customer_contact=CLAIRE, description=PersonalText(text="Two sites"))
    assert reg.customer_contact is not None
    request = pb.UpdateRegistrationRequest(id=reg.id, lines=[pb.RegistrationLine(sku="SW-1", quantity=3)])
    request.update_mask.paths.extend(["lines", "customer_contact"])
    harness.clock.advance(timedelta(minutes=1))
    changed = await harness.env.run(drafts.update_registration, wire.update(request, a_call()))
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
    updated = pb.RegistrationUpdated(registration_id=reg.id, partner_id=PARTNER, fields=["customer_contact", "lines"])
    assert harness.events()[-1] == ("RegistrationUpdated", 2, updated)
    for one in hashes(keys, reg.customer_contact):
        assert await everything(harness.env.store, ALIASES, {"hash": one}) == ()


@pytest.mark.parametrize(
    ("paths", "violations"),
    [
        (["review"], [("update_mask", "UNKNOWN_PATH")]),
        (["customer.domain"], [("update_mask", "UNKNOWN_PATH")]),
        (["customer"], [("customer", "REQUIRED")]),
    ],
)
async def test_a_mask_may_name_only_what_can_be_set(harness: Harness, paths: list[str], violations: list[Any]) -> None:
    reg = await harness.draft()
    request = pb.UpdateRegistrationRequest(id=reg.id)
    request.update_mask.paths.extend(paths)
    with pytest.raises(InvalidInput) as refused:
        await harness.env.run(drafts.update_registration, wire.update(request, a_call()))
    assert _violations(refused) == violations


async def test_what_is_returned_may_be_changed_only_where_it_was_asked_for(harness: Harness) -> None:
    reg = await harness.claimed()
    command = decisions.RequestChanges
    await harness.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    with pytest.raises(InvalidInput) as refused:
        await harness.run(
            drafts.update_registration,
            drafts.UpdateRegistration,
            id=reg.id,
            changes=RegistrationChanges(description=None),
        )
    assert _violations(refused) == [("description", "NOT_REQUESTED")]


async def test_pages_follow_each_other_and_belong_to_their_query(harness: Harness) -> None:
    made = [(await harness.draft()).id for _ in range(5)]
    await harness.draft(RIVAL)
    found: list[str] = []
    token = ""
    for size in (2, 2, 1):
        page = await harness.look(
            drafts.list_registrations, drafts.ListRegistrations, partner_id=PARTNER, page_size=2, page_token=token
        )
        assert len(page.rows) == size
        found += [loaded.value.id for loaded in page.rows]
        last, token = token, page.next_cursor
    assert (found, token) == (made, "")
    for foreign in ({"partner_id": RIVAL}, {"partner_id": PARTNER, "review": Review.DRAFT}, {}):
        with pytest.raises(InvalidInput) as refused:
            await harness.look(drafts.list_registrations, drafts.ListRegistrations, page_token=last, **foreign)
        assert _violations(refused) == [("page_token", "FOREIGN_PAGE_TOKEN")]


async def test_only_what_is_protected_is_listed_by_its_end(harness: Harness) -> None:
    soon = await harness.approved()
    harness.days(1)
    later = await harness.approved(RIVAL, customer=a_customer("Beta"))
    await harness.claimed(customer=a_customer("Gamma"))
    before = NOW + timedelta(days=91, seconds=1)
    page = await harness.look(drafts.list_registrations, drafts.ListRegistrations, expiring_before=before)
    assert [loaded.value.id for loaded in page.rows] == [soon.id, later.id]
    page = await harness.look(
        drafts.list_registrations, drafts.ListRegistrations, expiring_before=before, partner_id=RIVAL, stage=Stage.WON
    )
    assert page.rows == []
    with pytest.raises(InvalidInput) as refused:
        await harness.look(
            drafts.list_registrations, drafts.ListRegistrations, expiring_before=before, review=Review.DRAFT
        )
    assert _violations(refused) == [("review", "NOT_WITH_EXPIRING_BEFORE")]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"customer_name": "zebra log"}, ["partner's", "rival's"]),
        ({"customer_name": "ZEBRA GmbH"}, ["partner's", "rival's", "alike"]),
        ({"customer_name": "zebra logx"}, []),
        ({"customer_registration_id": "de 811.234.567"}, ["partner's"]),
        ({"customer_domain": "https://shop.zebra.example/de"}, ["partner's", "rival's"]),
        ({"customer_domain": "anna@zebra.example", "customer_registration_id": "HRB 7"}, ["rival's"]),
        ({"customer_domain": "zebra.example", "partner_id": RIVAL, "review": Review.DRAFT}, ["rival's"]),
        ({"customer_domain": "zebra.example", "order_by": "update_time desc"}, ["rival's", "partner's"]),
        ({"customer_domain": "other.example"}, []),
    ],
)
async def test_claims_are_found_by_their_customer_and_by_a_partner_among_its_own(
    harness: Harness, filters: dict[str, Any], names: list[str]
) -> None:
    zebra = Customer(legal_name="Zebra Logistik GmbH", country="DE", domain="www.zebra.example")
    customers = {
        "partner's": (PARTNER, replace(zebra, registration_id="DE811234567")),
        "rival's": (RIVAL, replace(zebra, legal_name="ZEBRA-Logistik", registration_id="HRB 7")),
        "alike": (PARTNER, Customer(legal_name="Zebrastreifen AG", country="DE")),
        "another": (PARTNER, a_customer("Beta")),
    }
    made = {}
    for name, (partner, customer) in customers.items():
        made[name] = (await harness.draft(partner, customer=customer)).id
        harness.clock.advance(timedelta(seconds=1))
    for viewer, seen in (("", {PARTNER, RIVAL}), (PARTNER, {PARTNER})):
        if viewer and filters.get("partner_id", viewer) != viewer:
            continue
        cmd = drafts.ListRegistrations(call=a_call_of(viewer), **filters)
        page = await drafts.list_registrations(harness.env, cmd)
        wanted = [made[name] for name in names if customers[name][0] in seen]
        assert [loaded.value.id for loaded in page.rows] == wanted


async def test_what_finds_no_customer_is_refused_all_at_once(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await harness.look(
            drafts.list_registrations,
            drafts.ListRegistrations,
            customer_name="Z GmbH",
            customer_registration_id="-/-",
            customer_domain="...",
            expiring_before=NOW,
            review=Review.DRAFT,
        )
    assert _violations(refused) == [
        ("customer_registration_id", "TOO_SHORT"),
        ("customer_domain", "NOT_A_DOMAIN"),
        ("customer_name", "TOO_SHORT"),
        ("review", "NOT_WITH_EXPIRING_BEFORE"),
    ]


async def test_a_customer_is_in_a_country_that_exists_and_is_served_here(harness: Harness) -> None:
    nowhere, reg = Customer(legal_name="Acme", country="XQ"), await harness.draft()
    for act in (
        harness.draft(customer=nowhere),
        harness.run(
            drafts.update_registration,
            drafts.UpdateRegistration,
            id=reg.id,
            changes=RegistrationChanges(customer=nowhere),
        ),
    ):
        with pytest.raises(InvalidInput) as refused:
            await act
        assert _violations(refused) == [("customer.country", "UNKNOWN_COUNTRY")]
    germany = Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    harness.env.directory = Directory(germany)
    with pytest.raises(WrongCell):
        await harness.draft(customer=Customer(legal_name="Acme", country="CN"))


MIXED = (
    replace(ROUTERS, expected_amount=Money.of(1, "EUR")),
    RegistrationLine(sku="SW-1", expected_amount=Money.of(1, "USD")),
)

NOWHERE = Customer(legal_name="Acme", country="QQ")


async def _refused(act: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        await act
    return [(one.field, one.reason) for one in refused.value.violations]


async def _update(harness: Harness, reg: Registration, **changes: Any) -> Registration:
    return await harness.run(
        drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes=RegistrationChanges(**changes)
    )


async def test_everything_wrong_with_a_draft_is_told_at_once(harness: Harness) -> None:
    wrong = [("customer.country", "UNKNOWN_COUNTRY"), ("lines[1].expected_amount", "MIXED_CURRENCY")]
    assert await _refused(harness.draft(customer=NOWHERE, lines=MIXED)) == wrong
    reg = await harness.draft()
    assert await _refused(_update(harness, reg, customer=NOWHERE, lines=MIXED)) == wrong


async def test_everything_wrong_with_a_correction_is_told_at_once(harness: Harness) -> None:
    reg = await harness.claimed()
    fields = ("lines", "customer")
    await harness.run(decisions.request_changes, decisions.RequestChanges, id=reg.id, requested_fields=fields)
    changes = {"customer": NOWHERE, "lines": MIXED, "description": None, "expected_close_date": None}
    assert await _refused(_update(harness, reg, **changes)) == [
        ("expected_close_date", "NOT_REQUESTED"),
        ("description", "NOT_REQUESTED"),
        ("customer.country", "UNKNOWN_COUNTRY"),
        ("lines[1].expected_amount", "MIXED_CURRENCY"),
    ]


async def test_a_claim_expects_no_money_that_is_gone_and_closes_on_no_day_that_stands_for_none(
    harness: Harness,
) -> None:
    fields: dict[str, Any] = {
        "lines": (replace(ROUTERS, expected_amount=Money.of(9, "DEM")),),
        "expected_close_date": date(1970, 1, 1),
    }
    wrong = [("lines[0].expected_amount.currency_code", "UNKNOWN_CURRENCY"), ("expected_close_date", "OUT_OF_RANGE")]
    assert await _refused(harness.draft(**fields)) == wrong
    assert await _refused(_update(harness, await harness.draft(), **fields)) == wrong


async def test_an_empty_mask_changes_nothing(harness: Harness) -> None:
    reg = await harness.draft()
    harness.events()
    command = wire.update(pb.UpdateRegistrationRequest(id=reg.id), a_call())
    assert await harness.env.run(drafts.update_registration, command) == reg
    assert (await harness.reg(reg), harness.events()) == (reg, [])


async def test_a_claim_expects_no_more_than_an_order_may_come_to(harness: Harness) -> None:
    line = replace(ROUTERS, expected_amount=Money.of(99_999_999_999_999, "EUR"))
    for fields in ({"lines": (line, line)}, {"lines": (line,) * 100}):
        with pytest.raises(InvalidInput) as refused:
            await harness.draft(**fields)
        assert [(one.field, one.reason) for one in refused.value.violations] == [("lines", "OUT_OF_RANGE")]
    assert (await harness.draft(lines=(line,))).expected_amount == line.expected_amount


async def test_what_changed_since_comes_in_the_order_of_change(harness: Harness) -> None:
    made = [await harness.draft() for _ in range(3)]
    harness.clock.advance(timedelta(hours=1))
    since = harness.clock.now()
    changed = RegistrationChanges(expected_close_date=since.date() + timedelta(days=30))
    for one in (made[2], made[0]):
        await harness.run(drafts.update_registration, drafts.UpdateRegistration, id=one.id, changes=changed)
        harness.clock.advance(timedelta(minutes=1))
    page = await harness.look(
        drafts.list_registrations, drafts.ListRegistrations, updated_since=since, include_total_size=True
    )
    assert [loaded.value.id for loaded in page.rows] == [made[2].id, made[0].id]
    assert (page.total, page.total_is_lower_bound) == (2, False)
