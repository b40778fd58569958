"""The consumers of what begins and ends a freeze: events of requests, legal holds and erasures."""

import msgspec
from msgspec.structs import replace

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from services.compliance.freezes.usecases import StateFreeze, state_freeze
from services.compliance.linking.reads import StateRequest, state_request
from services.compliance.settings import Env


class CaseChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The field that all of these events have."""

    case_id: str


async def on_case_changed(env: Env, envelope: Envelope, call: Call) -> None:
    """State the freeze of the request that the event is about."""
    told = EventCodec.decode(envelope, CaseChanged)
    await env.run(state_freeze, StateFreeze(call=call, case_id=told.case_id))


async def on_request_changed(env: Env, envelope: Envelope, call: Call) -> None:
    """State the request to the cells that have its link too, and its freeze. A service has one consumer of a subject;
    both compare with what was stated, so an event may come again."""
    told = EventCodec.decode(envelope, CaseChanged)
    await state_request(env, StateRequest(call=replace(call, dedup_key=""), id=told.case_id))
    await on_case_changed(env, envelope, call)


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("compliance.subject_request.*", on_request_changed),
    Consumer("compliance.legal_hold.*", on_case_changed),
    Consumer("compliance.erasure.*", on_case_changed),
)
