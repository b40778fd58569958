"""Protobuf to commands and reports to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.tickets import v1 as pb
from services.tickets.satisfaction import usecases
from services.tickets.satisfaction.domain import SatisfactionReport

REPORT = Mapper(SatisfactionReport, pb.SatisfactionReport)
RATE = Mapper(usecases.RecordSatisfaction, pb.RecordSatisfactionRequest)
GET_REPORT = Mapper(usecases.GetSatisfactionReport, pb.GetSatisfactionReportRequest)
LIST_REPORTS = Mapper(usecases.ListSatisfactionReports, pb.ListSatisfactionReportsRequest)
