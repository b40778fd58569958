"""Partners apply, are examined, approved, changed and looked up; what happens is told with the facts of that moment."""

import asyncio
from typing import Any

import pytest

from libs.country import Cell, Directory, RegistrationIdType
from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, RequestIdReused, WrongCell, WrongState
from libs.partner import PartnerStatus
from libs.pb.prm.partners import v1 as pb
from libs.person import PersonalText, PostalAddress
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications, transitions
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind, StatusReason
from tests.builders import NOW, an_id
from tests.component.partners.harness import VAT_NUMBERS, Harness

VAT = RegistrationIdType.VAT
NUMBER: dict[str, Any] = {"registration_id": VAT_NUMBERS[0], "registration_id_type": VAT}


def facts(status: pb.PartnerStatus.ValueType, **fields: Any) -> pb.PartnerFacts:
    """What peers hear of a reseller in Germany."""
    return pb.PartnerFacts(status=status, kind=pb.PARTNER_KIND_RESELLER, country="DE", **fields)


async def test_the_life_of_a_partner_is_told_step_by_step_with_rising_versions(harness: Harness) -> None:
    partner = await harness.active()
    fields = {"id": partner.id, "status_reason": StatusReason.OVERDUE_PAYMENT}
    await harness.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="GOLD", tier_rank=3)
    await harness.run(transitions.suspend_partner, transitions.SuspendPartner, **fields)
    await harness.run(transitions.reinstate_partner, transitions.ReinstatePartner, id=partner.id)
    last = await harness.run(transitions.terminate_partner, transitions.TerminatePartner, **fields)
    assert last.status is PartnerStatus.TERMINATED
    id, gold = partner.id, {"tier": "GOLD", "tier_rank": 3}
    overdue = pb.STATUS_REASON_OVERDUE_PAYMENT
    assert harness.events() == [
        ("PartnerApplied", 1, pb.PartnerApplied(partner_id=id, facts=facts(pb.PARTNER_STATUS_APPLIED))),
        (
            "PartnerVettingStarted",
            2,
            pb.PartnerVettingStarted(partner_id=id, facts=facts(pb.PARTNER_STATUS_VETTING)),
        ),
        ("PartnerApproved", 3, pb.PartnerApproved(partner_id=id, facts=facts(pb.PARTNER_STATUS_ACTIVE))),
        ("PartnerTierSet", 4, pb.PartnerTierSet(partner_id=id, facts=facts(pb.PARTNER_STATUS_ACTIVE, **gold))),
        (
            "PartnerSuspended",
            5,
            pb.PartnerSuspended(partner_id=id, facts=facts(pb.PARTNER_STATUS_SUSPENDED, **gold), status_reason=overdue),
        ),
        (
            "PartnerReinstated",
            6,
            pb.PartnerReinstated(partner_id=id, facts=facts(pb.PARTNER_STATUS_ACTIVE, **gold)),
        ),
        (
            "PartnerTerminated",
            7,
            pb.PartnerTerminated(
                partner_id=id, facts=facts(pb.PARTNER_STATUS_TERMINATED, **gold), status_reason=overdue
            ),
        ),
    ]


async def test_an_applicant_is_kept_as_it_said(harness: Harness) -> None:
    address = PostalAddress(country="DE", city="München", lines=("Marienplatz 1",))
    partner = await harness.apply(**NUMBER, domain="https://www.zweirad.example/", phone="089 2180", address=address)
    assert partner == await harness.value(PARTNERS, partner.id)
    assert partner == Partner(
        id=partner.id,
        version=1,
        kind=PartnerKind.RESELLER,
        legal_name="Zweirad Union",
        country="DE",
        **NUMBER,
        domain="zweirad.example",
        phone="+49892180",
        address=address,
        registration_key=harness.env.keys.keyed(f"DE:VAT:{VAT_NUMBERS[0]}"),
        name_key=harness.env.keys.keyed("partner name:DE:zweiradunion"),
        name_rules=2,
        apply_time=NOW,
        create_time=NOW,
        update_time=NOW,
    )


async def test_a_repeated_request_gets_the_first_answer_and_happens_once(harness: Harness) -> None:
    first = await harness.apply(request_id="r1", legal_name="A")
    await harness.update(first.id, trade_name="later")
    assert await harness.apply(request_id="r1", legal_name="A") == first
    assert [name for name, _, _ in harness.events()] == ["PartnerApplied", "PartnerUpdated"]
    with pytest.raises(RequestIdReused):
        await harness.apply(request_id="r1", legal_name="B")


async def test_a_country_of_another_cell_is_refused_with_its_home(store: Store, keys: Keys) -> None:
    here = Cell(code="de", countries=("DE", "AT"), time_zone="Europe/Berlin", currency="EUR")
    there = Cell(code="cn", countries=("CN",), time_zone="Asia/Shanghai", currency="CNY", endpoint="cn.example.org:443")
    harness = Harness(store, keys, directory=Directory(here, (there,)))
    assert (await harness.apply(country="AT")).id.startswith("ptn_de_")
    with pytest.raises(WrongCell) as refused:
        await harness.apply(country="CN")
    assert refused.value.metadata == {
        "subject": "country CN",
        "here": "de",
        "cell": "cn",
        "endpoint": "cn.example.org:443",
    }


async def test_a_registration_id_is_taken_until_its_partner_has_ended(harness: Harness) -> None:
    first = await harness.apply(**NUMBER)
    with pytest.raises(Duplicate) as refused:
        await harness.apply(registration_id=f"DE {VAT_NUMBERS[0]}", registration_id_type=VAT)
    assert refused.value.metadata == {"kind": "partner", "what": "registration id", "id": first.id}
    other = await harness.apply()
    with pytest.raises(Duplicate) as refused:
        await harness.update(other.id, **NUMBER)
    assert refused.value.metadata["id"] == first.id
    first = await harness.update(first.id, trade_name="its own is not in its way")
    await harness.end(first)
    assert (await harness.update(other.id, **NUMBER)).registration_id == VAT_NUMBERS[0]


async def test_of_many_who_apply_at_once_with_one_registration_id_one_becomes_a_partner(
    store: Store, keys: Keys
) -> None:
    harnesses = [Harness(store, keys) for _ in range(3)]
    answers = await asyncio.gather(
        *(harnesses[place % 3].apply(**NUMBER) for place in range(12)), return_exceptions=True
    )
    made = [one for one in answers if isinstance(one, Partner)]
    assert len(made) == 1
    refusals = [one for one in answers if isinstance(one, Duplicate)]
    assert len(refusals) == 11
    assert {one.metadata["id"] for one in refusals} == {made[0].id}


async def test_a_stale_etag_changes_nothing(harness: Harness) -> None:
    partner = await harness.apply()
    await harness.update(partner.id, etag="1", trade_name="first")
    with pytest.raises(EtagMismatch) as refused:
        await harness.update(partner.id, etag="1", trade_name="second")
    assert refused.value.metadata["etag"] == "2"
    assert (await harness.value(PARTNERS, partner.id)).trade_name == "first"


async def test_an_empty_mask_changes_nothing(harness: Harness) -> None:
    partner = await harness.apply()
    harness.events()
    assert await harness.update(partner.id) == partner
    assert harness.events() == []


async def test_what_the_state_does_not_allow_is_refused_with_the_state(harness: Harness) -> None:
    ended = await harness.end(await harness.apply())
    with pytest.raises(WrongState) as refused:
        await harness.update(ended.id, trade_name="x")
    assert refused.value.metadata == {
        "kind": "partner",
        "id": ended.id,
        "state": "REJECTED",
        "allowed": "ACTIVE, APPLIED, SUSPENDED, VETTING",
    }
    assert await harness.value(PARTNERS, ended.id) == ended


async def test_a_note_is_kept_with_the_reason(harness: Harness) -> None:
    partner = await harness.active()
    note = PersonalText(person_id=an_id("psn"), text="Three invoices are open.")
    suspended = await harness.run(
        transitions.suspend_partner,
        transitions.SuspendPartner,
        id=partner.id,
        status_reason=StatusReason.OVERDUE_PAYMENT,
        status_note=note,
    )
    assert (suspended.status_reason, suspended.status_note) == (StatusReason.OVERDUE_PAYMENT, note)
    assert b"invoices" not in b"".join(one.body for one in harness.told)


async def test_unknown_partners_are_not_found(harness: Harness) -> None:
    for use_case, command, fields in (
        (applications.update_partner, applications.UpdatePartner, {"changes": PartnerChanges()}),
        (transitions.start_vetting, transitions.StartVetting, {}),
        (transitions.approve_partner, transitions.ApprovePartner, {}),
        (transitions.set_tier, transitions.SetTier, {"tier": "GOLD", "tier_rank": 1}),
    ):
        with pytest.raises(NotFound):
            await harness.run(use_case, command, id=an_id("ptn"), **fields)
    with pytest.raises(NotFound):
        await harness.apply(parent=an_id("ptn"))


async def test_filters_combine_and_pages_go_on_where_they_ended(harness: Harness) -> None:
    kinds = [PartnerKind.AGENT, PartnerKind.RESELLER]
    made = [await harness.apply(kind=kinds[place % 2], country="DE" if place < 5 else "FR") for place in range(8)]
    await harness.run(transitions.start_vetting, transitions.StartVetting, id=made[0].id)
    by_id = sorted(made, key=lambda partner: partner.id)
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({}, [one.id for one in by_id]),
        ({"country": "FR"}, [one.id for one in by_id if one.country == "FR"]),
        ({"status": PartnerStatus.VETTING}, [made[0].id]),
        (
            {"status": PartnerStatus.APPLIED, "country": "DE", "kind": kinds[0]},
            [one.id for one in by_id if one.country == "DE" and one.kind is kinds[0] and one.id != made[0].id],
        ),
        ({"tier": "GOLD"}, []),
        ({"external_source": "erp", "external_id": "1"}, []),
    ]
    for filters, wanted in cases:
        found = await harness.pages(applications.list_partners, applications.ListPartners, page_size=2, **filters)
        assert [one.id for one in found] == wanted, filters


async def test_a_page_token_of_another_query_is_refused(harness: Harness) -> None:
    for _ in range(3):
        await harness.apply()
    page = await harness.look(applications.list_partners, applications.ListPartners, page_size=1, country="DE")
    for token in (page.next_cursor, "rubbish", "a.b", "ÿ"):
        with pytest.raises(InvalidInput) as refused:
            await harness.look(applications.list_partners, applications.ListPartners, page_token=token)
        assert refused.value.violations[0].field == "page_token"


async def test_an_external_id_is_looked_up_with_its_source(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await harness.look(applications.list_partners, applications.ListPartners, external_id="1")
    assert refused.value.violations[0][::2] == ("external_source", "REQUIRED_TOGETHER")
