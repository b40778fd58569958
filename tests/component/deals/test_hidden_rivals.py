"""A partner learns that it has rivals and how alike they are, how far they are once it is approved, never who."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace

from libs.pb.prm.deals.v1 import conflict_pb2, registration_pb2
from libs.pb.prm.deals.v1 import deals_requests_pb2 as pb
from services.deals.api import DealRegistrationService
from services.deals.documents import REGISTRATIONS
from services.deals.domain.registration import RegistrationLine
from services.deals.usecases import matching, protection
from tests.builders import a_call_of, an_id
from tests.component.deals.desk import ACME, PARTNER, RIVAL, ROUTERS, Desk


async def test_a_rival_is_described_but_not_named(desk: Desk) -> None:
    mine, other, theirs = await desk.claimed(), await desk.claimed(), await desk.approved(RIVAL)
    command = matching.ListConflicts(call=a_call_of(PARTNER), registration_id=mine.id)
    shown, _ = await matching.list_conflicts(desk.env, command)
    by_vendor = {one.registration_id: one for one in await desk.conflicts(mine)}
    assert set(by_vendor) == {other.id, theirs.id}
    hidden = {"registration_id": "", "partner_id": "", "product_lines": (), "review": None, "protected_until": None}
    assert set(shown) == {by_vendor[other.id], replace(by_vendor[theirs.id], **hidden)}


async def test_who_is_protected_is_told_the_month_in_which_a_rivals_protection_ends(desk: Desk) -> None:
    theirs = await desk.approved(RIVAL)
    mine = await desk.approved(
        lines=(RegistrationLine(sku="SW-1"), ROUTERS), customer=replace(ACME, domain="", phone="030 901820")
    )
    request = pb.ListConflictsRequest(registration_id=mine.id)
    answer = await DealRegistrationService(desk.env).ListConflicts(request, a_call_of(PARTNER))
    [told] = answer.conflicts
    assert theirs.protected_until == datetime(2026, 5, 31, 9, tzinfo=UTC)
    assert told == conflict_pb2.Conflict(
        score=75,
        reasons=[conflict_pb2.MatchReason(key=conflict_pb2.MATCH_KEY_NAME, score=75)],
        review=registration_pb2.REVIEW_APPROVED,
        earlier=True,
        same_country=True,
        protected_until=Timestamp(seconds=int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())),
    )


async def test_a_distributor_is_not_told_which_of_two_below_it_is_whose_rival(desk: Desk) -> None:
    top = an_id("ptn", 3)
    await desk.partner(top, sees_downline=True)
    for one in (PARTNER, RIVAL):
        await desk.partner(one, facts_version=2, parent_partner_id=top)
    mine = await desk.claimed()
    await desk.claimed(RIVAL)
    command = matching.ListConflicts(call=a_call_of(top), registration_id=mine.id)
    [shown], _ = await matching.list_conflicts(desk.env, command)
    assert (shown.registration_id, shown.partner_id) == ("", "")


async def test_an_order_of_somebody_else_is_not_linked_to_a_claim_whose_id_it_bears(desk: Desk) -> None:
    won = await desk.convert(await desk.approved())
    order = {"registration_id": won.id, "order_id": an_id("ord")}
    for partner, linked in ((RIVAL, ""), (PARTNER, an_id("ord"))):
        await desk.run(protection.link_order, protection.LinkOrder, partner_id=partner, **order)
        assert (await desk.value(REGISTRATIONS, won.id)).order_id == linked
