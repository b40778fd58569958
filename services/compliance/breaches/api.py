"""The gRPC side of breaches: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.deadline import encode_deadline
from services.compliance.breaches import wire
from services.compliance.breaches.usecases import notices, register
from services.compliance.breaches.usecases.register import FOUR_EYES
from services.compliance.breaches.wire import BREACH, NOTICE
from services.compliance.settings import Env


class Api:
    """The RPCs of the breach register and of notices."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordBreach(self, request: pb.RecordBreachRequest, call: Call) -> pb.RecordBreachResponse:
        made = await self._env.run(register.record_breach, wire.RECORD.decode(request, call=call))
        return pb.RecordBreachResponse(breach=BREACH.encode(made))

    async def AmendBreach(self, request: pb.AmendBreachRequest, call: Call) -> pb.AmendBreachResponse:
        amended = await self._env.run(register.amend_breach, wire.AMEND.decode(request, call=call))
        return pb.AmendBreachResponse(breach=BREACH.encode(amended))

    async def RecordNotice(self, request: pb.RecordNoticeRequest, call: Call) -> pb.RecordNoticeResponse:
        notice = await self._env.run(notices.record_notice, wire.RECORD_NOTICE.decode(request, call=call))
        return pb.RecordNoticeResponse(notice=NOTICE.encode(notice))

    async def CloseBreach(self, request: pb.CloseBreachRequest, call: Call) -> pb.CloseBreachResponse:
        done = await FOUR_EYES.run(self._env, wire.CLOSE.decode(request, call=call))
        return pb.CloseBreachResponse(breach=BREACH.encode(done.resource), decision=shown(done.decision))

    async def GetBreach(self, request: pb.GetBreachRequest, call: Call) -> pb.GetBreachResponse:
        found = await register.get_breach(self._env, wire.GET.decode(request, call=call))
        return pb.GetBreachResponse(breach=BREACH.encode(found))

    async def ListBreaches(self, request: pb.ListBreachesRequest, call: Call) -> pb.ListBreachesResponse:
        page = await register.list_breaches(self._env, wire.LIST.decode(request, call=call))
        found = [BREACH.encode(loaded.value) for loaded in page.rows]
        return pb.ListBreachesResponse(breaches=found, next_page_token=page.next_cursor)

    async def ListDueNotices(self, request: pb.ListDueNoticesRequest, call: Call) -> pb.ListDueNoticesResponse:
        found, token = await notices.list_due_notices(self._env, wire.LIST_DUE.decode(request, call=call))
        return pb.ListDueNoticesResponse(notices=[wire.DUE.encode(one) for one in found], next_page_token=token)

    async def ListNotices(self, request: pb.ListNoticesRequest, call: Call) -> pb.ListNoticesResponse:
        page = await notices.list_notices(self._env, wire.LIST_NOTICES.decode(request, call=call))
        found = [NOTICE.encode(loaded.value) for loaded in page.rows]
        return pb.ListNoticesResponse(notices=found, next_page_token=page.next_cursor)

    async def ExplainNoticeClock(
        self, request: pb.ExplainNoticeClockRequest, call: Call
    ) -> pb.ExplainNoticeClockResponse:
        found = await notices.explain_notice_clock(self._env, wire.EXPLAIN.decode(request, call=call))
        deadline = encode_deadline(found.deadline, found.aware_time)
        return pb.ExplainNoticeClockResponse(clock=wire.CLOCK.encode(found.clock), deadline=deadline)

    async def DraftNotice(self, request: pb.DraftNoticeRequest, call: Call) -> pb.DraftNoticeResponse:
        return wire.DRAFTED.encode(await notices.draft_notice(self._env, wire.DRAFT.decode(request, call=call)))
