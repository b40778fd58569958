"""The service as others meet it: through gRPC on a port, with its events on the bus, next to a peer's projection."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.clock import SteppedClock
from libs.config import Settings
from libs.messaging.envelope import Envelope
from libs.pb.prm.common.v1 import decision_pb2, import_pb2, organisation_pb2, person_pb2
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import RunningCell, running
from services.partners.service import COMPOSITION, build
from tests.brokers import sent
from tests.builders import NOW, an_id
from tests.component.partners.harness import VAT_NUMBERS

SERVICE = "prm.partners.v1.PartnerService"
VAT = organisation_pb2.REGISTRATION_ID_TYPE_VAT
SALES = partners_pb.CONTACT_ROLE_SALES
WANG = person_pb2.Person(name="王小明", email="wang@example.org")
FIRST = Date(year=2026, month=1, day=1)


class Portal:
    """A caller with a client that was made from the protos."""

    def __init__(self, cell: RunningCell, client: Client) -> None:
        self.cell = cell
        self.client = client

    async def call(self, method: str, request: Any) -> Any:
        """The answer of a unary method."""
        return await self.client.call(f"{SERVICE}/{method}", request)

    async def refused(self, method: str, request: Any) -> CallFailed:
        """Why a method refuses."""
        with pytest.raises(CallFailed) as failed:
            await self.call(method, request)
        return failed.value

    async def apply(self, **fields: Any) -> partners_pb.Partner:
        """A new partner."""
        kind = partners_pb.PARTNER_KIND_RESELLER
        request = partners_pb.ApplyPartnerRequest(
            **{"kind": kind, "legal_name": "Zweirad Union", "country": "DE", **fields}
        )
        answer = await self.call("ApplyPartner", request)
        partner: partners_pb.Partner = answer.partner
        return partner

    async def active(self) -> partners_pb.Partner:
        """An approved partner."""
        partner = await self.apply(registration_id=VAT_NUMBERS[0], registration_id_type=VAT)
        await self.call("StartVetting", partners_pb.StartVettingRequest(id=partner.id))
        answer = await self.call("ApprovePartner", partners_pb.ApprovePartnerRequest(id=partner.id))
        approved: partners_pb.Partner = answer.partner
        return approved

    async def confirmed(self, decision: decision_pb2.Decision) -> decision_pb2.Decision:
        """What a second person makes of a decision."""
        request = partners_pb.ConfirmDecisionRequest(id=decision.id, etag=decision.etag)
        async with self.cell.client(subject="second") as second:
            answer = await second.call(f"{SERVICE}/ConfirmDecision", request)
        done: decision_pb2.Decision = answer.decision
        return done

    async def send(self, *batches: Sequence[partners_pb.ImportPartnerRow]) -> list[list[import_pb2.ImportResult]]:
        """The results of an import, batch by batch."""

        async def requests() -> AsyncIterator[partners_pb.ImportPartnersRequest]:
            for rows in batches:
                yield partners_pb.ImportPartnersRequest(rows=rows)

        answers = self.client.converse(f"{SERVICE}/ImportPartners", requests())
        return [list(answer.results) async for answer in answers]


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    async with opened(tmp_path) as found:
        yield found


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Portal]:
    """A cell with nothing but partners."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0")
    async with (
        running({COMPOSITION.name: build}, settings, clock=SteppedClock(NOW), environ={}, sweep=False) as cell,
        cell.client() as client,
    ):
        await client.ready(SERVICE)
        yield Portal(cell, client)


async def test_a_partner_lives_through_its_whole_life_over_the_wire(portal: Portal) -> None:
    partner = await portal.active()
    assert (partner.etag, partner.status) == ("3", partners_pb.PARTNER_STATUS_ACTIVE)
    assert partner.registration_id == VAT_NUMBERS[0]
    answer = await portal.call(
        "UpdatePartner",
        partners_pb.UpdatePartnerRequest(
            id=partner.id, etag="3", update_mask=FieldMask(paths=["trade_name"]), trade_name="ZU", phone="ignored"
        ),
    )
    assert (answer.partner.trade_name, answer.partner.phone) == ("ZU", "")
    await portal.call("SetTier", partners_pb.SetTierRequest(id=partner.id, tier="GOLD", tier_rank=3))
    reason = partners_pb.STATUS_REASON_OVERDUE_PAYMENT
    note = person_pb2.PersonalText(text="Please pay.")
    suspended = await portal.call(
        "SuspendPartner", partners_pb.SuspendPartnerRequest(id=partner.id, status_reason=reason, status_note=note)
    )
    assert (suspended.partner.status_reason, suspended.partner.status_note) == (reason, note)
    await portal.call("ReinstatePartner", partners_pb.ReinstatePartnerRequest(id=partner.id))
    asked = await portal.call(
        "TerminatePartner", partners_pb.TerminatePartnerRequest(id=partner.id, status_reason=reason)
    )
    found = await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=partner.id))
    nothing = partners_pb.PartnerActivity()
    assert found == partners_pb.GetPartnerResponse(partner=asked.partner, activity=nothing, downline_activity=nothing)
    await portal.confirmed(asked.decision)
    ended = await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=partner.id))
    assert ended.partner.status == partners_pb.PARTNER_STATUS_TERMINATED
    rejected = await portal.call(
        "RejectPartner", partners_pb.RejectPartnerRequest(id=(await portal.apply()).id, status_reason=reason)
    )
    assert rejected.partner.status == partners_pb.PARTNER_STATUS_REJECTED
    listed = await portal.call(
        "ListPartners", partners_pb.ListPartnersRequest(status=partners_pb.PARTNER_STATUS_TERMINATED)
    )
    assert list(listed.partners) == [ended.partner]


async def test_a_termination_waits_for_a_second_person_over_the_wire(portal: Portal) -> None:
    partner, reason = await portal.active(), partners_pb.STATUS_REASON_AGREEMENT_BREACH
    note = person_pb2.PersonalText(text="Told customers to wait.")
    request = partners_pb.TerminatePartnerRequest(request_id="t", id=partner.id, status_reason=reason, status_note=note)
    asked = await portal.call("TerminatePartner", request)
    assert await portal.call("TerminatePartner", request) == asked
    assert asked.partner == partner
    decision = asked.decision
    assert (decision.etag, decision.state, decision.author) == ("1", decision_pb2.DECISION_STATE_PENDING, "dev:local")
    assert (decision.method, decision.resource_id) == (f"/{SERVICE}/TerminatePartner", partner.id)
    pending = partners_pb.ListDecisionsRequest(state=decision_pb2.DECISION_STATE_PENDING, resource_id=partner.id)
    assert list((await portal.call("ListDecisions", pending)).decisions) == [decision]
    failed = await portal.refused("ConfirmDecision", partners_pb.ConfirmDecisionRequest(id=decision.id))
    assert (failed.code, failed.reason) == ("PERMISSION_DENIED", "SECOND_PERSON_REQUIRED")
    failed = await portal.refused(
        "TerminatePartner", partners_pb.TerminatePartnerRequest(id=partner.id, status_reason=reason)
    )
    assert (failed.code, failed.reason, failed.metadata["id"]) == ("ALREADY_EXISTS", "DUPLICATE", decision.id)
    done = await portal.confirmed(decision)
    assert (done.state, done.decider, done.etag) == (decision_pb2.DECISION_STATE_CONFIRMED, "dev:second", "2")
    ended = (await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=partner.id))).partner
    assert (ended.status, ended.status_note) == (partners_pb.PARTNER_STATUS_TERMINATED, note)
    failed = await portal.refused("DeclineDecision", partners_pb.DeclineDecisionRequest(id=decision.id))
    assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert list((await portal.call("ListDecisions", pending)).decisions) == []


async def test_contacts_and_territories_work_over_the_wire(portal: Portal) -> None:
    partner = await portal.active()
    added = await portal.call(
        "AddContact", partners_pb.AddContactRequest(partner_id=partner.id, person=WANG, roles=[SALES], primary=True)
    )
    mask = FieldMask(paths=["roles"])
    billing = partners_pb.CONTACT_ROLE_BILLING
    changed = await portal.call(
        "UpdateContact", partners_pb.UpdateContactRequest(id=added.contact.id, update_mask=mask, roles=[billing])
    )
    listed = await portal.call("ListContacts", partners_pb.ListContactsRequest(partner_id=partner.id))
    assert list(listed.contacts) == [changed.contact]
    assert (changed.contact.person.name, list(changed.contact.roles), changed.contact.primary) == (
        "王小明",
        [billing],
        True,
    )
    removed = await portal.call("RemoveContact", partners_pb.RemoveContactRequest(id=added.contact.id))
    assert removed.id == added.contact.id
    granted = await portal.call(
        "GrantTerritory",
        partners_pb.GrantTerritoryRequest(partner_id=partner.id, country="DE", exclusive=True, valid_from=FIRST),
    )
    failed = await portal.refused(
        "GrantTerritory",
        partners_pb.GrantTerritoryRequest(partner_id=partner.id, country="DE", subdivision="BY", valid_from=FIRST),
    )
    assert (failed.code, failed.reason, failed.metadata["id"]) == (
        "ALREADY_EXISTS",
        "TERRITORY_TAKEN",
        granted.territory.id,
    )
    revoked = await portal.call("RevokeTerritory", partners_pb.RevokeTerritoryRequest(id=granted.territory.id))
    assert (revoked.territory.etag, revoked.territory.valid_until.day) == ("2", NOW.day)
    assert list((await portal.call("ListTerritories", partners_pb.ListTerritoriesRequest())).territories) == [
        revoked.territory
    ]


async def test_a_downline_is_listed_over_the_wire(portal: Portal) -> None:
    top = await portal.apply(kind=partners_pb.PARTNER_KIND_DISTRIBUTOR)
    below = await portal.apply(parent_partner_id=top.id)
    answer = await portal.call("ListDownline", partners_pb.ListDownlineRequest(partner_id=top.id))
    assert list(answer.downline) == [partners_pb.DownlinePartner(partner=below, depth=1)]
    mask = FieldMask(paths=["parent_partner_id"])
    failed = await portal.refused(
        "UpdatePartner", partners_pb.UpdatePartnerRequest(id=top.id, update_mask=mask, parent_partner_id=top.id)
    )
    assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "HIERARCHY_CYCLE")


@pytest.mark.parametrize(
    ("method", "request_", "code", "reason"),
    [
        ("GetPartner", partners_pb.GetPartnerRequest(id=an_id("ptn")), "NOT_FOUND", "NOT_FOUND"),
        ("GetPartner", partners_pb.GetPartnerRequest(id=an_id("ptn", cell="cn")), "FAILED_PRECONDITION", "WRONG_CELL"),
        ("GetPartner", partners_pb.GetPartnerRequest(id="x"), "INVALID_ARGUMENT", "INVALID_INPUT"),
        ("ApplyPartner", partners_pb.ApplyPartnerRequest(), "INVALID_ARGUMENT", "INVALID_INPUT"),
        ("ListPartners", partners_pb.ListPartnersRequest(page_token="x"), "INVALID_ARGUMENT", "INVALID_INPUT"),
        ("ListPartners", partners_pb.ListPartnersRequest(page_size=-1), "INVALID_ARGUMENT", "INVALID_INPUT"),
        ("ListTerritories", partners_pb.ListTerritoriesRequest(page_token="~x"), "INVALID_ARGUMENT", "INVALID_INPUT"),
        (
            "UpdatePartner",
            partners_pb.UpdatePartnerRequest(id=an_id("ptn"), update_mask=FieldMask(paths=["status"])),
            "INVALID_ARGUMENT",
            "INVALID_INPUT",
        ),
    ],
)
async def test_what_cannot_be_is_refused_with_code_and_reason(
    portal: Portal, method: str, request_: Any, code: str, reason: str
) -> None:
    failed = await portal.refused(method, request_)
    assert (failed.code, failed.reason) == (code, reason)


async def test_every_rule_that_an_application_breaks_is_named(portal: Portal) -> None:
    failed = await portal.refused(
        "ApplyPartner",
        partners_pb.ApplyPartnerRequest(
            kind=partners_pb.PARTNER_KIND_AGENT,
            legal_name="A",
            country="DE",
            registration_id="136695977",
            registration_id_type=VAT,
            domain="intranet",
        ),
    )
    assert [tuple(one) for one in failed.violations] == [
        ("registration_id", "fails the check digit rule of DE VAT", "BAD_REGISTRATION_ID"),
        ("domain", "names no domain that can be registered", "NOT_A_DOMAIN"),
    ]


async def test_every_rule_that_an_update_breaks_is_named(portal: Portal) -> None:
    partner = await portal.apply()
    mask = FieldMask(paths=["kind", "legal_name", "registration_id"])
    failed = await portal.refused(
        "UpdatePartner", partners_pb.UpdatePartnerRequest(id=partner.id, update_mask=mask, legal_name="  ")
    )
    assert [(one.field, one.reason) for one in failed.violations] == [
        ("legal_name", "REQUIRED"),
        ("kind", "REQUIRED"),
        ("update_mask", "REQUIRED_TOGETHER"),
    ]


def a_row(external_id: str, **fields: Any) -> partners_pb.ImportPartnerRow:
    """A row that may be imported."""
    required = {
        "external_source": "erp",
        "external_id": external_id,
        "kind": partners_pb.PARTNER_KIND_RESELLER,
        "legal_name": "Zweirad Union",
        "country": "DE",
        "status": partners_pb.PARTNER_STATUS_ACTIVE,
    }
    return partners_pb.ImportPartnerRow(**{**required, **fields})


async def test_an_import_answers_row_by_row_and_a_second_one_changes_nothing(portal: Portal) -> None:
    distributor = partners_pb.PARTNER_KIND_DISTRIBUTOR
    contact = partners_pb.ImportContact(person=WANG, roles=[SALES])
    first = [a_row("D", kind=distributor), a_row("R 2"), a_row("R-3", domain="intranet", phone="-")]
    second = [a_row("R-4", parent_external_id="D", contacts=[contact]), a_row("R-5", parent_external_id="Z")]
    results = await portal.send(first, second)
    outcomes = [[import_pb2.ImportOutcome.Name(one.outcome)[15:] for one in batch] for batch in results]
    assert outcomes == [["CREATED", "REFUSED", "REFUSED"], ["CREATED", "NOT_YET"]]
    assert [one.external_id for batch in results for one in batch] == ["D", "R 2", "R-3", "R-4", "R-5"]
    assert [(one.field, one.reason) for one in results[0][1].problems] == [("external_id", "STRING_PATTERN")]
    assert [(one.field, one.reason) for one in results[0][2].problems] == [
        ("domain", "NOT_A_DOMAIN"),
        ("phone", "NOT_A_PHONE_NUMBER"),
    ]
    assert [one.reason for one in results[1][1].problems] == ["PARTNER_NOT_YET_KNOWN"]
    found = await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=results[1][0].id))
    assert found.partner.parent_partner_id == results[0][0].id
    again = await portal.send([first[0], second[0], a_row("D")])
    outcomes = [[import_pb2.ImportOutcome.Name(one.outcome)[15:] for one in batch] for batch in again]
    assert outcomes == [["UNCHANGED", "UNCHANGED", "REFUSED"]]
    assert [one.reason for one in again[0][2].problems] == ["EXTERNAL_ID_TAKEN"]
    assert again[0][0].id == results[0][0].id


async def test_a_request_that_is_repeated_gets_the_answer_of_the_first(portal: Portal) -> None:
    request = {"request_id": "7f3c", "registration_id": VAT_NUMBERS[0], "registration_id_type": VAT}
    assert await portal.apply(**request) == await portal.apply(**request)
    failed = await portal.refused(
        "ApplyPartner",
        partners_pb.ApplyPartnerRequest(
            request_id="7f3c", kind=partners_pb.PARTNER_KIND_AGENT, legal_name="Another", country="DE"
        ),
    )
    assert (failed.code, failed.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


async def test_what_a_peer_publishes_shows_in_the_activity_and_survives_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as portal:
        partner = await portal.apply()
        total = Money(currency_code="EUR", units=10)
        confirmed = orders_pb.OrderConfirmed(
            order_id=an_id("ord"), partner_id=partner.id, total=total, order_date=FIRST
        )
        await publish(portal.cell, confirmed, "orders.order.confirmed")
        await portal.cell.settled()
        wanted = partners_pb.PartnerActivity(order_count=1, order_totals=[total], last_order_date=FIRST)
        assert (await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=partner.id))).activity == wanted
        assert (await portal.cell.run_jobs())["partners__sum_up_facts"] == 1
    async with opened(tmp_path) as portal:
        found = await portal.call("GetPartner", partners_pb.GetPartnerRequest(id=partner.id))
        assert (found.partner, found.activity) == (partner, wanted)


async def publish(cell: RunningCell, message: Any, subject: str) -> None:
    """Put an event of a peer on the bus."""
    envelope = Envelope(
        id="e1",
        type=message.DESCRIPTOR.full_name,
        source="prm/local/orders",
        about=an_id("ord"),
        version=1,
        subject=f"prm.local.{subject}",
        time=NOW,
        body=message.SerializeToString(),
    )
    await sent(cell, envelope)
