"""A partner's people see the customers of their own claims, their own part of the history, and nothing of others'."""

import pytest

from libs.call import Call
from libs.errors import InvalidInput, NotFound
from libs.partner import PartnerStatus
from libs.person import PersonalText
from services.deals.customers import wire
from services.deals.customers.usecases import lists
from tests.builders import a_call_of, an_id
from tests.component.deals.customers.telling import history, listed, settle
from tests.component.deals.harness import PARTNER, RIVAL, Harness

STRANGER = an_id("ptn", 7)
VENDOR = a_call_of("", role="channel_manager")


async def noted(harness: Harness, id: str, call: Call) -> str:
    """A note on a record; its id."""
    text = PersonalText(text="They offer two years.")
    cmd = lists.AddCompetitorNote(call=call, customer_id=id, competitor="Rival Corp", note=text)
    return (await lists.add_competitor_note(harness.env, cmd)).id


async def notes(harness: Harness, id: str, call: Call) -> list[str]:
    found = await lists.list_competitor_notes(harness.env, lists.ListOfCustomer(call=call, customer_id=id))
    return [one.id for one in found.found]


async def test_nobody_learns_that_another_partner_deals_with_the_customer(harness: Harness) -> None:
    regs = {one: await harness.submit(await harness.draft(one)) for one in (PARTNER, RIVAL)}
    await settle(harness)
    (whole,) = await listed(harness)
    own = {one: (await listed(harness, one))[0] for one in (PARTNER, RIVAL)}
    assert len({whole.id, *(row.id for row in own.values())}) == 3
    for viewer, other in ((PARTNER, RIVAL), (RIVAL, PARTNER)):
        assert await history(harness, own[viewer].id, viewer) == [regs[viewer].id]
        shown = wire.customer(own[viewer], a_call_of(viewer))
        assert (shown.customer_id, shown.merged_into_id) == ("", "")
        for hidden in (whole.id, own[other].id):
            for look in (history(harness, hidden, viewer), notes(harness, hidden, a_call_of(viewer))):
                with pytest.raises(NotFound):
                    await look
            with pytest.raises(NotFound):
                await noted(harness, hidden, a_call_of(viewer))
        with pytest.raises(NotFound):
            await listed(harness, viewer, partner_id=other)
    assert await listed(harness, STRANGER) == []
    assert wire.customer(own[RIVAL], VENDOR).customer_id == whole.id
    assert [row.id for row in await listed(harness, partner_id=RIVAL)] == [own[RIVAL].id]


async def test_notes_of_a_partner_are_for_its_people_and_the_vendor(harness: Harness) -> None:
    for one in (PARTNER, RIVAL):
        await harness.submit(await harness.draft(one))
    await settle(harness)
    (whole,), (mine,), (theirs,) = [await listed(harness, one) for one in ("", PARTNER, RIVAL)]
    of_vendor = await noted(harness, whole.id, VENDOR)
    of_partner = await noted(harness, mine.id, a_call_of(PARTNER))
    assert await notes(harness, mine.id, a_call_of(PARTNER)) == [of_partner]
    assert await notes(harness, theirs.id, a_call_of(RIVAL)) == []
    assert sorted(await notes(harness, whole.id, VENDOR)) == sorted([of_partner, of_vendor])


async def test_a_distributor_that_sees_its_downline_sees_the_records_of_its_reseller(harness: Harness) -> None:
    await harness.partner(RIVAL, facts_version=2, sees_downline=True)
    await harness.partner(PARTNER, PartnerStatus.ACTIVE, facts_version=2, parent_partner_id=RIVAL)
    reg = await harness.submit(await harness.draft())
    await settle(harness)
    (row,) = await listed(harness, RIVAL, partner_id=PARTNER)
    assert await history(harness, row.id, RIVAL) == [reg.id]


async def test_records_are_found_by_whole_name_number_and_domain(harness: Harness) -> None:
    await harness.submit(await harness.draft())
    await settle(harness)
    for who in ("", PARTNER):
        assert len(await listed(harness, who, customer_domain="https://acme.de/x", customer_name="ACME AG")) == 1
        assert await listed(harness, who, customer_name="Acm") == []
        assert await listed(harness, who, customer_registration_id="4711") == []
    with pytest.raises(InvalidInput) as refused:
        await listed(harness, customer_domain="-", customer_name="GmbH", customer_registration_id="-")
    assert {one.field for one in refused.value.violations} >= {"customer_domain", "customer_registration_id"}


async def test_a_page_token_of_another_record_is_refused(harness: Harness) -> None:
    await harness.submit(await harness.draft())
    await settle(harness)
    (whole,) = await listed(harness)
    cmd = lists.ListOfCustomer(call=VENDOR, customer_id=whole.id, page_token="cus.x")
    with pytest.raises(InvalidInput):
        await lists.get_customer_history(harness.env, cmd)
