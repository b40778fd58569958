"""What the clocks of tickets tell, when, and how a deadline is explained to somebody who asks."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from libs.clock import SteppedClock
from libs.config import ConfigError
from libs.deadlines import BusinessTime, ElapsedTime
from libs.errors import NotFound
from libs.pb.prm.common.v1 import deadline_pb2
from libs.pb.prm.tickets import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.tickets.record.domain.states import Priority
from services.tickets.service import read_policy
from services.tickets.settings import STANDARD
from tests.builders import NOW
from tests.component.tickets.harness import PARTNER, Harness, stamp, text

FIRST, NEXT = pb.CLOCK_TYPE_FIRST_RESPONSE, pb.CLOCK_TYPE_NEXT_RESPONSE
RESOLUTION = pb.CLOCK_TYPE_RESOLUTION
HOUR = timedelta(hours=1)


def _kinds(deadline: deadline_pb2.Deadline) -> list[str]:
    return [deadline_pb2.SegmentKind.Name(one.kind).removeprefix("SEGMENT_KIND_") for one in deadline.segments]


async def test_a_warning_and_a_breach_are_told_once_each_whoever_sweeps_how_often(
    store: Store, keys: Keys, served: Harness
) -> None:
    ticket = await served.file()
    replica = Harness(store, keys, clock=served.clock)
    served.events()
    for _ in range(30):
        served.later(minutes=3)
        await asyncio.gather(served.sweep(), replica.sweep(), served.sweep(), replica.sweep())
    due, id = stamp(NOW + HOUR), ticket.id
    assert (await served.get(id)).ticket.etag == "3"
    assert [(name, body) for name, _, body in served.events() + replica.events()] == [
        ("DeadlineWarned", pb.DeadlineWarned(ticket_id=id, partner_id=PARTNER, clock_type=FIRST, due_time=due)),
        (
            "DeadlineBreached",
            pb.DeadlineBreached(ticket_id=id, partner_id=PARTNER, clock_type=FIRST, breach_time=due),
        ),
    ]


async def test_a_sweep_that_was_late_tells_the_instant_at_which_it_ran_out(served: Harness) -> None:
    await served.file()
    served.later(days=3)
    assert await served.sweep() == 1
    assert await served.sweep() == 0
    breaches = [body for name, _, body in served.events() if name == "DeadlineBreached"]
    assert [(one.clock_type, one.breach_time) for one in breaches] == [  # type: ignore[attr-defined]  # of any event
        (FIRST, stamp(NOW + HOUR)),
        (RESOLUTION, stamp(NOW + timedelta(days=1))),  # eight hours from 10:00 in Berlin: seven today, one tomorrow
    ]


async def test_a_ticket_that_waits_or_is_solved_is_left_alone(served: Harness) -> None:
    waiting, solved = (await served.file()).id, (await served.file()).id
    for id in (waiting, solved):
        await served.call(pb.AssignTicketRequest(id=id, assignment_group="desk"))
    await served.call(pb.SetPendingRequest(id=waiting, pending_reason=pb.PENDING_REASON_OTHER))
    await served.call(pb.ResolveTicketRequest(id=solved, resolution_code="DONE"))
    served.later(days=30)
    assert await served.sweep() == 0


async def test_a_deadline_over_a_holiday_and_a_weekend_is_explained_piece_by_piece(served: Harness) -> None:
    served.clock.advance(datetime(2026, 4, 2, 14, 0, tzinfo=UTC) - NOW)  # Maundy Thursday, 16:00 in Berlin
    id = (await served.file()).id
    found = await served.call(pb.ExplainDeadlineRequest(id=id, clock_type=RESOLUTION))
    assert _kinds(found.deadline) == [
        "COUNTED",
        "CLOSED",
        "HOLIDAY",
        "WEEKEND",
        "HOLIDAY",
        "CLOSED",
        "COUNTED",
    ]
    assert [one.label for one in found.deadline.segments if one.label] == ["Good Friday", "Easter Monday"]
    due = stamp(datetime(2026, 4, 7, 14, 0, tzinfo=UTC))
    assert found.clock.due_time == found.deadline.due_time == due
    assert found.deadline.target == found.clock.target
    assert (found.deadline.rule, found.deadline.calendar, found.deadline.time_zone) == (
        "resolution",
        "de/1",
        "Europe/Berlin",
    )


async def test_each_country_counts_its_own_hours(served: Harness) -> None:
    german, chinese = await served.file(country="DE"), await served.file(country="CN")
    due = [ticket.clocks[0].due_time.ToDatetime(UTC) for ticket in (german, chinese)]
    assert due == [NOW + HOUR, datetime(2026, 3, 3, 2, 0, tzinfo=UTC)]  # it is 17:00 in Shanghai, closing time


async def test_a_paused_clock_says_what_is_left_and_the_same_past_is_told_the_same_way_later(served: Harness) -> None:
    id = (await served.file()).id
    await served.call(pb.AssignTicketRequest(id=id, assignment_group="desk"))
    served.later(minutes=20)
    await served.call(pb.SetPendingRequest(id=id, pending_reason=pb.PENDING_REASON_AWAITING_PARTS))
    asked = pb.ExplainDeadlineRequest(id=id, clock_type=FIRST)
    first = await served.call(asked)
    assert _kinds(first.deadline) == ["COUNTED"]
    assert first.deadline.remaining.ToTimedelta() == timedelta(minutes=40)
    assert not first.deadline.HasField("due_time")
    assert not first.clock.HasField("due_time")
    served.later(days=2)
    assert await served.call(asked) == first
    await served.call(pb.ResumeTicketRequest(id=id))
    again = await served.call(asked)
    assert _kinds(again.deadline) == ["COUNTED", "PAUSED", "COUNTED"]
    assert again.deadline.due_time == stamp(NOW + timedelta(days=2, hours=1))
    served.later(days=5)
    await served.sweep()
    assert (await served.call(asked)).deadline == again.deadline


async def test_a_clock_that_never_ran_is_not_found(served: Harness) -> None:
    id = (await served.file()).id
    with pytest.raises(NotFound):
        await served.call(pb.ExplainDeadlineRequest(id=id, clock_type=NEXT))
    asking = pb.COMMENT_SIDE_REQUESTER
    await served.call(
        pb.AddCommentRequest(ticket_id=id, visibility=pb.VISIBILITY_PARTNER, side=asking, body=text("Anybody there?"))
    )
    found = await served.call(pb.ExplainDeadlineRequest(id=id, clock_type=NEXT))
    assert found.clock.due_time == stamp(NOW + 2 * HOUR)


async def test_a_newer_policy_leaves_the_promises_made_before(
    store: Store, keys: Keys, served: Harness, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    lines = ['id = "standard"', "version = 2", "warn_percent = 50"]
    for priority in Priority:
        minutes = '{ unit = "ELAPSED_TIME", minutes = 10 }'
        lines += [f"[targets.{priority.name}]"]
        lines += [f"{name} = {minutes}" for name in ("first_response", "next_response", "resolution")]
    file.write_text("\n".join(lines))
    policy = read_policy(file)
    assert policy.targets[Priority.LOW].resolution == ElapsedTime(minutes=10)
    old = await served.file()
    newer = Harness(store, keys, clock=SteppedClock(NOW), policy=policy)
    new = await newer.file()
    assert [(t.service_policy_version, t.clocks[0].target.ToTimedelta()) for t in (old, new)] == [
        (1, HOUR),
        (2, timedelta(minutes=10)),
    ]
    asking = pb.COMMENT_SIDE_REQUESTER
    await newer.call(
        pb.AddCommentRequest(ticket_id=old.id, visibility=pb.VISIBILITY_PARTNER, side=asking, body=text("?"))
    )
    started = await newer.call(pb.ExplainDeadlineRequest(id=old.id, clock_type=NEXT))
    assert (started.deadline.rule_version, started.clock.target.ToTimedelta()) == (1, 2 * HOUR)


@pytest.mark.parametrize("content", ["", "id = 7", "no toml", 'id = "x"\nversion = 1\n[targets]'])
def test_a_policy_file_that_is_none_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"PRM_TICKETS_POLICY_FILE: .*policy\.toml"):
        read_policy(file)


def test_the_standard_policy_promises_more_the_more_pressing_it_is() -> None:
    for name in ("first_response", "next_response", "resolution"):
        spans = [getattr(STANDARD.targets[priority], name) for priority in Priority]
        assert all(isinstance(one, BusinessTime) for one in spans)
        assert [one.span for one in spans] == sorted(one.span for one in spans)


async def test_an_instant_is_a_date_of_the_calendar(served: Harness) -> None:
    served.clock.advance(datetime(2026, 5, 1, 6, 0, tzinfo=UTC) - NOW)  # Labour Day, a Friday
    ticket = await served.file()
    assert ticket.clocks[0].due_time.ToDatetime(UTC).date() == date(2026, 5, 4)
