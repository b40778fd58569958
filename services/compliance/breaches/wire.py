"""Protobuf to commands, breaches and notices to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.breaches.domain.breach import Breach, BreachNotice, NoticeClock
from services.compliance.breaches.usecases import notices, register

BREACH = Mapper(Breach, pb.Breach)
NOTICE = Mapper(BreachNotice, pb.BreachNotice)
CLOCK = Mapper(NoticeClock, pb.NoticeClock)
DUE = Mapper(notices.DueNotice, pb.DueNotice)
DRAFTED = Mapper(notices.Drafted, pb.DraftNoticeResponse)

RECORD = Mapper(register.RecordBreach, pb.RecordBreachRequest)
AMEND = Mapper(register.AmendBreach, pb.AmendBreachRequest)
CLOSE = Mapper(register.CloseBreach, pb.CloseBreachRequest)
GET = Mapper(register.GetBreach, pb.GetBreachRequest)
LIST = Mapper(register.ListBreaches, pb.ListBreachesRequest)
RECORD_NOTICE = Mapper(notices.RecordNotice, pb.RecordNoticeRequest)
LIST_DUE = Mapper(notices.ListDueNotices, pb.ListDueNoticesRequest)
LIST_NOTICES = Mapper(notices.ListNotices, pb.ListNoticesRequest)
EXPLAIN = Mapper(notices.ExplainNoticeClock, pb.ExplainNoticeClockRequest)
DRAFT = Mapper(notices.DraftNotice, pb.DraftNoticeRequest)
