"""A programme is drafted, published with notice and never edited; every fault is named."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.versions import RuleState, VersionInForce
from services.partners.program.domain.program import RateBasis
from services.partners.program.reads import program_in_force
from services.partners.program.usecases import (
    GetProgram,
    ListPrograms,
    PublishProgram,
    WithdrawProgram,
    get_program,
    list_programs,
    publish_program,
    withdraw_program,
)
from services.partners.program.wire import DRAFT, PROGRAM
from tests.builders import a_call
from tests.component.partners.certification.acts import track
from tests.component.partners.harness import Harness
from tests.component.partners.tier_review.acts import draft, fields_of, publish, rates
from tests.unit.partners.program.built import BASIC, GOLD, SILVER, TODAY, level, need

DAY = timedelta(days=1)


async def test_a_draft_may_be_drafted_again_and_a_published_version_is_never_edited(harness: Harness) -> None:
    first = await draft(harness)
    assert (first.number, first.state) == (1, RuleState.DRAFT)
    assert await draft(harness) == first
    again = await draft(harness, name="Channel 2026")
    assert (again.id, again.version, again.number) == (first.id, 2, 1)
    published = await harness.run(publish_program, PublishProgram, id=first.id, request_id="p")
    assert (published.state, published.publish_time) == (RuleState.PUBLISHED, harness.clock.now())
    assert harness.names() == ["ProgramDrafted", "ProgramDrafted", "ProgramPublished"]
    assert await harness.run(publish_program, PublishProgram, id=first.id, request_id="p") == published
    with pytest.raises(WrongState):
        await harness.run(publish_program, PublishProgram, id=first.id)
    assert await draft(harness, name="Channel 2026") == published
    second = await draft(harness, effective_day=TODAY + DAY)
    assert (second.number, second.id != first.id) == (2, True)
    assert await harness.look(get_program, GetProgram, id=first.id) == published
    found = await harness.pages(list_programs, ListPrograms, code="CHANNEL")
    assert [one.number for one in found] == [1, 2]


async def test_every_fault_of_a_draft_is_named_at_once(harness: Harness) -> None:
    await track(harness, "FW")
    levels = (
        level("BASIC", 2, need("SMILES", "1"), need("CERTIFIED_PERSONS", "1", track="NONE", window=None)),
        level("GOLD", 2, need("CERTIFIED_PERSONS", "1", track="FW", window=None)),
    )
    with pytest.raises(InvalidInput) as refused:
        await draft(harness, *levels)
    assert [one.reason for one in refused.value.violations] == [
        "NO_ENTRY_LEVEL",
        "DUPLICATE_RANK",
        "RANK_GAP",
        "UNKNOWN_METRIC",
        "UNKNOWN_TRACK",
    ]


async def test_a_publication_needs_notice_and_rates(harness: Harness) -> None:
    fields: dict[str, Any] = {"rate_source": "ecb", "rate_basis": RateBasis.PLAN, "plan_rate_day": TODAY - 5 * DAY}
    levels = (BASIC, SILVER, level("GOLD", 3, need(currency="USD")))
    late = await draft(harness, *levels, effective_day=TODAY - DAY, **fields)
    with pytest.raises(InvalidInput) as refused:
        await harness.run(publish_program, PublishProgram, id=late.id)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("effective_day", "EFFECTIVE_TOO_SOON"),
        ("rate_source", "RATE_UNKNOWN"),
        ("rate_source", "RATE_UNKNOWN"),
    ]
    await rates(harness, TODAY - 9 * DAY, USD="1.1")
    assert (await publish(harness, *levels, **fields)).state is RuleState.PUBLISHED
    with pytest.raises(InvalidInput):  # not after the first
        await publish(harness, BASIC, SILVER, GOLD)


async def test_a_version_for_a_far_day_is_withdrawn_and_stands_in_no_way(harness: Harness) -> None:
    first = await publish(harness)
    far = date(9999, 12, 31)
    wrong = await publish(harness, effective_day=far)
    gone = await harness.run(withdraw_program, WithdrawProgram, id=wrong.id)
    assert (gone.state, harness.names()[-1]) == (RuleState.WITHDRAWN, "ProgramWithdrawn")
    again = await publish(harness, effective_day=far)
    assert (again.number, again.state) == (3, RuleState.PUBLISHED)
    with pytest.raises(InvalidInput):
        await publish(harness, effective_day=TODAY + DAY)
    await harness.run(withdraw_program, WithdrawProgram, id=again.id)
    second = await publish(harness, effective_day=TODAY + DAY)
    assert await program_in_force(harness.env, "CHANNEL", on=TODAY) == first
    assert await program_in_force(harness.env, "CHANNEL", on=far) == second
    with pytest.raises(VersionInForce):
        await harness.run(withdraw_program, WithdrawProgram, id=first.id)


async def test_a_version_is_shown_as_it_was_drafted(harness: Harness) -> None:
    program = await draft(harness)
    shown = PROGRAM.encode(program)
    assert [(one.code, one.rank) for one in shown.levels] == [("BASIC", 1), ("SILVER", 2), ("GOLD", 3)]
    assert shown.levels[2].benefits.claim_limit == 50
    assert not shown.levels[0].benefits.HasField("claim_limit")
    fields = {one.name for one in pb.DraftProgramRequest.DESCRIPTOR.fields} - {"request_id"}
    request = pb.DraftProgramRequest(**{name: getattr(shown, name) for name in fields if name != "plan_rate_day"})
    asked = DRAFT.decode(request, call=a_call())
    assert asked.content == type(asked.content)(**fields_of())
