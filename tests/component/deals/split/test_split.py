"""The vendor splits the credit of a deal; each partner sees its own part and the rest, and nobody else."""

from datetime import date, timedelta

import pytest

from libs.errors import AppError, EtagMismatch, InvalidInput, NotFound
from services.deals.split import usecases, wire
from services.deals.split.domain import CreditPart, CreditRole, CreditShare, CreditSplit, CreditSplitReason
from tests.builders import NOW, a_call_of, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness

TODAY = NOW.date()


def part(partner: str, points: int, role: CreditRole = CreditRole.SOLD) -> CreditPart:
    return CreditPart(partner_id=partner, role=role, basis_points=points)


async def record(harness: Harness, id: str, *parts: CreditPart, day: date = TODAY, etag: str = "") -> CreditSplit:
    return await harness.run(
        usecases.record_credit_split,
        usecases.RecordCreditSplit,
        registration_id=id,
        parts=parts,
        effective_date=day,
        reason=CreditSplitReason.AGREED,
        etag=etag,
    )


async def shares(harness: Harness, partner: str) -> list[CreditShare]:
    asked = usecases.ListCreditShares(call=a_call_of(partner))
    return [one.value for one in (await usecases.list_credit_shares(harness.env, asked)).rows]


async def test_a_partner_sees_its_own_part_and_the_rest_and_no_other_partner(harness: Harness) -> None:
    reg = await harness.draft()
    await record(harness, reg.id, part(PARTNER, 7_000), part(RIVAL, 3_000))
    await record(harness, reg.id, part(PARTNER, 7_000), part(RIVAL, 2_000), part(RIVAL, 1_000, CreditRole.SOURCED))
    for viewer, other, points in ((PARTNER, RIVAL, [7_000]), (RIVAL, PARTNER, [3_000, 3_000])):
        found = await shares(harness, viewer)
        assert [one.basis_points for one in found] == points
        assert [one.rest_basis_points for one in found] == [10_000 - one for one in points]
        assert {one.registration_id for one in found} == {reg.id if viewer == PARTNER else ""}
        page = await usecases.list_credit_shares(harness.env, usecases.ListCreditShares(call=a_call_of(viewer)))
        assert other not in str(wire.shares(page))
        asked = usecases.ListCreditShares(call=a_call_of(viewer), partner_id=other)
        with pytest.raises(NotFound):
            await usecases.list_credit_shares(harness.env, asked)


async def test_a_correction_is_a_further_row_and_each_day_has_its_split(harness: Harness) -> None:
    reg = await harness.draft()
    first = await record(harness, reg.id, part(PARTNER, 10_000))
    later = TODAY + timedelta(days=30)
    await record(harness, reg.id, part(PARTNER, 6_000), part(RIVAL, 4_000), day=later)
    harness.told.clear()
    whole = await record(harness, reg.id, part(PARTNER, 9_000), part(RIVAL, 1_000), day=TODAY)
    assert harness.names() == ["CreditSplitRecorded"]
    assert await record(harness, reg.id, part(PARTNER, 9_000), part(RIVAL, 1_000), day=TODAY) == whole
    assert whole.rows[0] == first.rows[0]
    for on, revision in ((TODAY - timedelta(days=1), None), (TODAY, 3), (later, 3)):
        shown = await harness.look(usecases.get_credit_split, usecases.GetCreditSplit, registration_id=reg.id, on=on)
        assert (shown.current.revision if shown.current else None) == revision
    with pytest.raises(EtagMismatch):
        await record(harness, reg.id, part(PARTNER, 10_000), etag="1")


async def test_a_split_that_is_not_whole_or_names_nobody_is_refused(harness: Harness) -> None:
    reg = await harness.draft()
    with pytest.raises(InvalidInput):
        await record(harness, reg.id, part(PARTNER, 9_999))
    with pytest.raises(AppError) as refused:
        await record(harness, reg.id, part(an_id("ptn", 9), 10_000))
    assert refused.value.reason == "NOT_YET_KNOWN"
    with pytest.raises(NotFound):
        await harness.look(usecases.get_credit_split, usecases.GetCreditSplit, registration_id=reg.id)
