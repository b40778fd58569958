"""The directory states organisations, never persons, and keeps what other cells state of their own."""

import pytest

from libs.call import Call, Caller
from libs.errors import NotFound
from libs.messaging.envelope import HEADERS
from libs.messaging.outbox import EDGE_OUTBOX
from libs.partner import PartnerStatus
from libs.store.port import Query
from services.partners.application.usecases import transitions
from services.partners.directory import usecases
from services.partners.directory.events import OrganisationStated
from services.partners.record.domain.states import StatusReason
from tests.builders import a_call, an_id
from tests.component.partners.harness import Harness


async def stated(harness: Harness) -> list[str]:
    """The subjects of what waits to leave the cell."""
    page = await harness.env.store.find(Query(kind=EDGE_OUTBOX, order="at", limit=100))
    return [row.value.envelope.subject for row in page.rows]


async def state(harness: Harness, id: str) -> None:
    await usecases.state(harness.env, usecases.State(call=a_call(), id=id))


async def learn(harness: Harness, id: str, *, cell: str = "cn", version: int = 1, name: str = "Co") -> None:
    said = OrganisationStated(
        organisation_id=id, legal_name=name, status=PartnerStatus.ACTIVE, tier="", country="CN", listed=True
    )
    await usecases.learn(harness.env, usecases.Learn(call=a_call(), cell=cell, version=version, statement=said))


async def look(harness: Harness, id: str) -> tuple[str, PartnerStatus]:
    found = await harness.look(usecases.lookup_organisation, usecases.LookupOrganisation, organisation=id)
    return found.legal_name, found.status


async def test_a_partner_in_business_is_stated_once_until_it_changes(harness: Harness) -> None:
    partner = await harness.active(legal_name="Acme GmbH")
    await state(harness, partner.id)
    await state(harness, partner.id)
    assert await stated(harness) == ["prm.edge.local.partners.organisation.stated"]
    await harness.run(
        transitions.suspend_partner,
        transitions.SuspendPartner,
        id=partner.id,
        status_reason=StatusReason.INSOLVENCY,
    )
    await state(harness, partner.id)
    assert len(await stated(harness)) == 2
    assert await look(harness, partner.id) == ("Acme GmbH", PartnerStatus.SUSPENDED)


async def test_neither_a_sole_trader_nor_an_applicant_is_stated(harness: Harness) -> None:
    trader = await harness.active(legal_name="Anna Beispiel", sole_trader=True)
    applicant = await harness.apply(legal_name="Acme GmbH")
    for one in (trader, applicant):
        await state(harness, one.id)
        with pytest.raises(NotFound):
            await look(harness, one.id)
    assert await stated(harness) == []


async def test_who_turns_out_to_be_a_sole_trader_is_taken_out_without_a_name(harness: Harness) -> None:
    partner = await harness.active(legal_name="Anna Beispiel")
    await state(harness, partner.id)
    await harness.update(partner.id, sole_trader=True)
    await state(harness, partner.id)
    page = await harness.env.store.find(Query(kind=EDGE_OUTBOX, order="at", limit=100))
    assert b"Anna Beispiel" not in page.rows[-1].value.envelope.body
    with pytest.raises(NotFound):
        await look(harness, partner.id)


async def test_an_older_statement_changes_nothing(harness: Harness) -> None:
    abroad = an_id("ptn", cell="cn")
    await learn(harness, abroad, version=2, name="New")
    await learn(harness, abroad, version=1, name="Old")
    assert await look(harness, abroad) == ("New", PartnerStatus.ACTIVE)


async def test_a_cell_states_nothing_about_organisations_of_another(harness: Harness) -> None:
    for id in (an_id("ptn", cell="ng"), an_id("ptn")):
        await learn(harness, id)
        with pytest.raises(NotFound):
            await look(harness, id)


async def test_what_leaves_names_nobody_who_acted(harness: Harness) -> None:
    partner = await harness.active(legal_name="Acme GmbH")
    caller = Caller(
        subject="person-4711", roles=("channel_manager",), partner_id=partner.id, on_behalf_of="person-4712"
    )
    call = Call(caller=caller, method="partners__partner_all", traceparent="00-4711")
    await usecases.state(harness.env, usecases.State(call=call, id=partner.id))
    page = await harness.env.store.find(Query(kind=EDGE_OUTBOX, order="at", limit=100))
    [headers] = [row.value.headers() for row in page.rows]
    assert set(headers) == {name for name, header in HEADERS.items() if header.always}
    assert not [name for name, value in headers.items() if "person-" in value]
