"""An application with the name or the domain of another partner is accepted, and the vendor's people are told."""

from typing import Any

from msgspec.structs import replace

from libs.call import Call
from libs.partner import PartnerStatus
from libs.store.port import get
from services.partners.application.jobs import renew_name_keys
from services.partners.application.usecases import transitions
from services.partners.overview import usecases as overview
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.duplicates import POSSIBLE_DUPLICATES, PossibleDuplicate
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import StatusReason
from services.partners.record.reads import possible_duplicates
from tests.builders import a_call, a_call_of
from tests.component.partners.harness import Harness


async def told(harness: Harness, partner: Partner, call: Call | None = None) -> tuple[PossibleDuplicate, ...]:
    """What is said with the partner."""
    return await possible_duplicates(harness.env, partner, call=call or a_call())


def like(partner: Partner, **fields: Any) -> PossibleDuplicate:
    """What is said of another partner."""
    content = {"same_name": False, "same_domain": False, "status": PartnerStatus.APPLIED, **fields}
    return PossibleDuplicate(partner_id=partner.id, **content)


async def test_an_application_is_told_whom_it_resembles_and_is_accepted(harness: Harness) -> None:
    both = await harness.active(legal_name="Müller & Söhne GmbH", domain="mueller.example")
    name = await harness.apply(legal_name="Mueller und Soehne")
    domain = await harness.apply(legal_name="Etwas anderes", domain="www.mueller.example")
    await harness.apply(legal_name="Niemand", domain="niemand.example")
    applied = await harness.apply(legal_name="MÜLLER UND SÖHNE KG", domain="https://mueller.example/shop")
    assert applied.status is PartnerStatus.APPLIED
    assert await told(harness, applied) == (
        like(both, same_name=True, same_domain=True, status=PartnerStatus.ACTIVE),
        like(name, same_name=True),
        like(domain, same_domain=True),
    )
    found = await harness.look(overview.get_partner, overview.GetPartner, id=applied.id)
    assert found.possible_duplicates == await told(harness, applied)
    assert [one.partner_id for one in await told(harness, both)] == [applied.id, name.id, domain.id]


async def test_a_partners_people_are_not_told_who_else_is_one(harness: Harness) -> None:
    await harness.apply(legal_name="Twin GmbH", domain="twin.example")
    mine = await harness.apply(legal_name="Twin GmbH", domain="twin.example")
    own = a_call_of(mine.id)
    assert await told(harness, mine, own) == ()
    shown = await overview.get_partner(harness.env, overview.GetPartner(call=own, id=mine.id))
    assert (shown.partner.id, shown.possible_duplicates) == (mine.id, ())


async def test_a_mail_host_an_empty_domain_and_another_country_say_nothing(harness: Harness) -> None:
    await harness.apply(legal_name="Eins", domain="gmail.com")
    await harness.apply(legal_name="Zwei")
    await harness.apply(legal_name="Drei", country="FR")
    assert await told(harness, await harness.apply(legal_name="Vier", domain="gmail.com")) == ()
    assert await told(harness, await harness.apply(legal_name="Fünf")) == ()
    assert await told(harness, await harness.apply(legal_name="Drei")) == ()


async def test_the_strongest_are_told_first_and_no_more_than_twenty(harness: Harness) -> None:
    for number in range(POSSIBLE_DUPLICATES + 3):
        await harness.apply(legal_name=f"Tochter {number}", domain="konzern.example")
    both = await harness.apply(legal_name="Konzern AG", domain="konzern.example")
    found = await told(harness, await harness.apply(legal_name="Konzern", domain="konzern.example"))
    assert (len(found), found[0]) == (20, like(both, same_name=True, same_domain=True))


async def test_what_changed_since_is_what_is_told(harness: Harness) -> None:
    other = await harness.apply(legal_name="Alt GmbH")
    partner = await harness.apply(legal_name="Neu GmbH")
    assert await told(harness, partner) == ()
    await harness.update(other.id, legal_name="NEU Ltd.", kind=other.kind)
    await harness.run(
        transitions.reject_partner,
        transitions.RejectPartner,
        id=other.id,
        status_reason=StatusReason.DUPLICATE,
    )
    assert await told(harness, partner) == (like(other, same_name=True, status=PartnerStatus.REJECTED),)


async def test_a_partner_of_an_earlier_release_gets_its_name_key(harness: Harness) -> None:
    old = await harness.apply(legal_name="Früher GmbH")
    loaded = await get(harness.env.store, PARTNERS, old.id)
    assert loaded is not None
    await harness.env.store.commit([loaded.put(replace(loaded.value, name_key=None, name_rules=0))])
    new = await harness.apply(legal_name="Früher")
    assert await told(harness, new) == ()
    harness.names()
    assert (await renew_name_keys(harness.env), await renew_name_keys(harness.env)) == (1, 0)
    assert harness.names() == ["PartnerUpdated"], "a version without an event would never be known elsewhere"
    assert await told(harness, new) == (like(old, same_name=True),)
