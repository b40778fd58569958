"""Protobuf and events to commands, reports and the schedule to protobuf, by field name."""

import msgspec
from msgspec import to_builtins

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from libs.purging import PurgeRunEnded, report_text
from services.compliance.retention import usecases
from services.compliance.retention.domain import PurgedRows, PurgeReport, ServicePurge
from services.compliance.retention.usecases import RecordPurge

REPORT = Mapper(PurgeReport, pb.PurgeReport)
SCHEDULE = Mapper(usecases.RetentionSchedule, pb.GetRetentionScheduleResponse)

GET_SCHEDULE = Mapper(usecases.GetRetentionSchedule, pb.GetRetentionScheduleRequest)
REHEARSE = Mapper(usecases.RehearsePurge, pb.RehearsePurgeRequest)
GET = Mapper(usecases.GetPurgeReport, pb.GetPurgeReportRequest)
LIST = Mapper(usecases.ListPurgeReports, pb.ListPurgeReportsRequest)


def report_of(envelope: Envelope, call: Call) -> RecordPurge:
    """The command that records the report in an event of any service."""
    told = EventCodec.decode(envelope, PurgeRunEnded)
    found = ServicePurge(
        service=told.service,
        purged=msgspec.convert(to_builtins(told.purged), tuple[PurgedRows, ...]),
        examined_rows=told.examined_rows,
        unreadable_rows=told.unreadable_rows,
        begin_time=told.begin_time,
        end_time=told.end_time,
        content=report_text(told) if told.signature else b"",
        signature=bytes.fromhex(told.signature),
    )
    return RecordPurge(call=call, run_id=told.run_id, rehearsal=told.rehearsal, found=found, sender=envelope.sender)
