"""Partners are found by what a portal asks for: a name, a number, a domain, the time of change."""

from datetime import timedelta
from typing import Any

import pytest

from libs.country import RegistrationIdType
from libs.errors import InvalidInput
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications
from services.partners.contacts import usecases as contacts
from services.partners.contacts.domain import ContactRole
from tests.builders import a_call_of
from tests.component.partners.harness import VAT_NUMBERS, Harness
from tests.component.partners.test_delegation import ADA


async def _found(harness: Harness, **asked: Any) -> list[str]:
    page = await harness.look(applications.list_partners, applications.ListPartners, include_total_size=True, **asked)
    assert (page.total, page.total_is_lower_bound) == (len(page.rows), False)
    return [loaded.value.id for loaded in page.rows]


async def test_a_name_is_found_by_how_it_begins(harness: Harness) -> None:
    wheel = await harness.apply(legal_name="Zweiradwerk Müller & Söhne GmbH")
    other = await harness.apply(legal_name="Zweirad-Welt AG")
    for name, wanted in (
        ("ZWEIRAD", [wheel.id, other.id]),
        ("zweirad-werk m", [wheel.id]),
        ("Zweirad Welt", [other.id]),
        ("Zweiradwelten", []),
        ("werk", []),
    ):
        assert await _found(harness, name=name) == wanted, name
    assert await _found(harness, name="Zwe", country="FR") == []


@pytest.mark.parametrize("name", ["Zw", "Z GmbH", "---"])
async def test_a_name_needs_three_letters_or_digits(harness: Harness, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _found(harness, name=name, domain="nothing", external_id="1")
    assert {one.field: one.reason for one in refused.value.violations} == {
        "external_source": "REQUIRED_TOGETHER",
        "name": "TOO_SHORT",
        "domain": "NOT_A_DOMAIN",
    }


async def test_a_number_and_a_domain_are_found_whole(harness: Harness) -> None:
    number: dict[str, Any] = {"registration_id": VAT_NUMBERS[0], "registration_id_type": RegistrationIdType.VAT}
    one, other = await harness.apply(**number), await harness.apply(domain="suedwind.example")
    assert await _found(harness, registration_id=one.registration_id) == [one.id]
    assert await _found(harness, domain="www.suedwind.example") == [other.id]
    assert await _found(harness, domain="suedwind.example", registration_id=one.registration_id) == []


async def test_what_changed_since_comes_in_the_order_of_change(harness: Harness) -> None:
    made = [await harness.apply() for _ in range(3)]
    harness.clock.advance(timedelta(days=1))
    since = harness.clock.now()
    for one in (made[2], made[0]):
        changes = PartnerChanges(trade_name="ZU")
        await harness.run(applications.update_partner, applications.UpdatePartner, id=one.id, changes=changes)
        harness.clock.advance(timedelta(hours=1))
    assert await _found(harness, updated_since=since) == [made[2].id, made[0].id]
    assert await _found(harness, order_by="update_time desc") == [made[0].id, made[2].id, made[1].id]
    for partner, asked, wanted in (
        (made[1], {"updated_since": since}, []),
        (made[0], {"updated_since": since}, [made[0].id]),
        (made[0], {"updated_before": since}, []),
        (made[0], {"order_by": "update_time"}, [made[0].id]),
    ):
        page = await applications.list_partners(
            harness.env,
            applications.ListPartners(call=a_call_of(partner.id), **asked),
        )
        assert [loaded.value.id for loaded in page.rows] == wanted


async def test_a_contact_is_got_by_its_id(harness: Harness) -> None:
    partner = await harness.active()
    added = await harness.run(
        contacts.add_contact, contacts.AddContact, partner_id=partner.id, person=ADA, roles=(ContactRole.SALES,)
    )
    assert await harness.look(contacts.get_contact, contacts.GetContact, id=added.id) == added
