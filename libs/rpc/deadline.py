"""A deadline and its explanation as prm.common.v1.Deadline; the same for every service that has clocks."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from libs.deadlines import Deadline, Segment, SegmentKind
from libs.pb.prm.common.v1 import deadline_pb2 as pb

_KINDS = {
    SegmentKind.COUNTED: pb.SEGMENT_KIND_COUNTED,
    SegmentKind.HOLIDAY: pb.SEGMENT_KIND_HOLIDAY,
    SegmentKind.PAUSED: pb.SEGMENT_KIND_PAUSED,
}


def encode_deadline(deadline: Deadline) -> pb.Deadline:
    """The message; `target` is what the segments count together and what remains."""
    message = pb.Deadline(
        rule=deadline.rule,
        rule_version=deadline.rule_version,
        calendar=f"{deadline.calendar}/{deadline.calendar_version}",
        time_zone=deadline.time_zone,
        segments=[_segment(segment) for segment in deadline.segments],
        target=_duration(sum((segment.counted for segment in deadline.segments), deadline.remaining)),
    )
    if deadline.segments:
        message.start_time.CopyFrom(_timestamp(deadline.segments[0].start))
    if deadline.due is not None:
        message.due_time.CopyFrom(_timestamp(deadline.due))
    return message


def _segment(segment: Segment) -> pb.DeadlineSegment:
    return pb.DeadlineSegment(
        start_time=_timestamp(segment.start),
        end_time=_timestamp(segment.end),
        kind=_KINDS.get(segment.kind, pb.SEGMENT_KIND_CLOSED),
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
