"""Encodes a deadline with its explanation as prm.common.v1.Deadline, for every service that has deadlines."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date

from libs.deadlines import Deadline, Segment, SegmentKind
from libs.pb.prm.common.v1 import deadline_pb2 as pb

_KINDS = {
    SegmentKind.COUNTED: pb.SEGMENT_KIND_COUNTED,
    SegmentKind.OUT_OF_HOURS: pb.SEGMENT_KIND_CLOSED,
    SegmentKind.WEEKEND: pb.SEGMENT_KIND_WEEKEND,
    SegmentKind.HOLIDAY: pb.SEGMENT_KIND_HOLIDAY,
    SegmentKind.PAUSED: pb.SEGMENT_KIND_PAUSED,
    SegmentKind.FIRST_DAY: pb.SEGMENT_KIND_FIRST_DAY,
    SegmentKind.ROLLED_FORWARD: pb.SEGMENT_KIND_ROLLED_FORWARD,
}


def encode_deadline(deadline: Deadline, start: datetime | None = None) -> pb.Deadline:
    """The message. Its `target` is the sum of the counted time of all segments and of what remains. start: the start of
    the clock, used if the deadline has no segments because the clock was paused from its start."""
    message = pb.Deadline(
        rule=deadline.rule,
        rule_version=deadline.rule_version,
        calendar=f"{deadline.calendar}/{deadline.calendar_version}",
        time_zone=deadline.time_zone,
        segments=[_segment(segment) for segment in deadline.segments],
        target=_duration(sum((segment.counted for segment in deadline.segments), deadline.remaining)),
        remaining=_duration(deadline.remaining),
        holidays_edition=deadline.holidays_edition,
    )
    began = deadline.segments[0].start if deadline.segments else start
    if began is not None:
        message.start_time.CopyFrom(_timestamp(began))
    if deadline.due is not None:
        message.due_time.CopyFrom(_timestamp(deadline.due))
    if (day := deadline.last_day) is not None:
        message.last_day.CopyFrom(Date(year=day.year, month=day.month, day=day.day))
    return message


def _segment(segment: Segment) -> pb.DeadlineSegment:
    return pb.DeadlineSegment(
        start_time=_timestamp(segment.start),
        end_time=_timestamp(segment.end),
        kind=_KINDS[segment.kind],
        counted=_duration(segment.counted),
        label=segment.note,
    )


def _timestamp(at: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(at.astimezone(UTC))
    return found


def _duration(span: timedelta) -> Duration:
    found = Duration()
    found.FromTimedelta(span)
    return found
