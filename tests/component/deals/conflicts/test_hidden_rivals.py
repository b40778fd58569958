"""A partner learns that it has rivals and how alike they are, how far they are once it is approved, never who."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace

from libs.pb.prm.deals import v1 as pb
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.conflicts import usecases as conflicts
from services.deals.service import COMPOSITION
from tests.builders import a_call_of, an_id
from tests.component.deals.harness import ACME, PARTNER, RIVAL, ROUTERS, Harness


async def test_a_rival_is_described_but_not_named(harness: Harness) -> None:
    mine, other, theirs = await harness.claimed(), await harness.claimed(), await harness.approved(RIVAL)
    command = conflicts.ListConflicts(call=a_call_of(PARTNER), registration_id=mine.id)
    shown, _ = await conflicts.list_conflicts(harness.env, command)
    by_vendor = {one.registration_id: one for one in await harness.conflicts(mine)}
    assert set(by_vendor) == {other.id, theirs.id}
    hidden = {"registration_id": "", "partner_id": "", "product_lines": (), "review": None, "protected_until": None}
    assert set(shown) == {by_vendor[other.id], replace(by_vendor[theirs.id], **hidden)}


async def test_who_is_protected_is_told_the_month_in_which_a_rivals_protection_ends(harness: Harness) -> None:
    theirs = await harness.approved(RIVAL)
    mine = await harness.approved(
        lines=(RegistrationLine(sku="SW-1"), ROUTERS), customer=replace(ACME, domain="", phone="030 901820")
    )
    request = pb.ListConflictsRequest(registration_id=mine.id)
    answer = await COMPOSITION.servicer(harness.env).ListConflicts(request, a_call_of(PARTNER))
    [told] = answer.conflicts
    assert theirs.protected_until == datetime(2026, 5, 31, 9, tzinfo=UTC)
    assert told == pb.Conflict(
        score=75,
        reasons=[pb.MatchReason(key=pb.MATCH_KEY_NAME, score=75)],
        review=pb.REVIEW_APPROVED,
        earlier=True,
        same_country=True,
        protected_until=Timestamp(seconds=int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())),
    )


async def test_a_distributor_is_not_told_which_of_two_below_it_is_whose_rival(harness: Harness) -> None:
    top = an_id("ptn", 3)
    await harness.partner(top, sees_downline=True)
    for one in (PARTNER, RIVAL):
        await harness.partner(one, facts_version=2, parent_partner_id=top)
    mine = await harness.claimed()
    await harness.claimed(RIVAL)
    command = conflicts.ListConflicts(call=a_call_of(top), registration_id=mine.id)
    [shown], _ = await conflicts.list_conflicts(harness.env, command)
    assert (shown.registration_id, shown.partner_id) == ("", "")
