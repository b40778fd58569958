"""The use cases of interchange: a request in the words of a protocol, and what such words mean."""

from datetime import datetime

import msgspec

from libs.call import Command
from libs.store.port import get
from services.compliance.clocks.documents import CLOCKS
from services.compliance.clocks.domain.clock import clock_id
from services.compliance.interchange.domain import ExternalStatus, Protocol, Translated, status_of, translate
from services.compliance.requests.documents import REQUESTS
from services.compliance.settings import Env


class GetExternalStatus(Command, frozen=True, kw_only=True):
    """Get a request in the words of a protocol."""

    case_id: str
    protocol: Protocol


class TranslateRequest(Command, frozen=True, kw_only=True):
    """Translate words of a protocol; an empty one is not given."""

    protocol: Protocol
    type: str = ""
    regime: str = ""
    status: str = ""
    reason: str = ""


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the words of a protocol. expected_by: when its next deadline ends; None if it has none."""

    status: ExternalStatus
    received_at: datetime
    expected_by: datetime | None


async def get_external_status(env: Env, cmd: GetExternalStatus) -> Reported:
    """The request, with the times that both protocols report."""
    request = await env.show(REQUESTS, cmd.case_id, call=cmd.call)
    clock = await get(env.store, CLOCKS, clock_id(cmd.case_id))
    return Reported(
        status=status_of(request, cmd.protocol),
        received_at=request.receive_time,
        expected_by=clock.value.due_time if clock is not None else None,
    )


async def translate_request(env: Env, cmd: TranslateRequest) -> Translated:
    """What the words mean here; InvalidInput names every unknown one."""
    return translate(cmd.protocol, type=cmd.type, regime=cmd.regime, status=cmd.status, reason=cmd.reason)
