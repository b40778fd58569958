"""Protobuf and events to commands, deals and rates to protobuf, by field name."""

from datetime import datetime

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.claims.domain.states import CLAIMING, CLOSED_STAGES, Review, Stage
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import StageChange, Transition, TransitionKind
from services.deals.pipeline.domain.rates import WinRate
from services.deals.pipeline.usecases import outcomes
from services.deals.pipeline.usecases.filing import FileTransitions

RECORD = Mapper(outcomes.RecordOutcome, pb.RecordOutcomeRequest)
GET = Mapper(outcomes.GetPipelineDeal, pb.GetPipelineDealRequest)
LIST = Mapper(outcomes.ListPipelineDeals, pb.ListPipelineDealsRequest)
RATES = Mapper(outcomes.GetWinRates, pb.GetWinRatesRequest)
DEAL = Mapper(PipelineDeal, pb.PipelineDeal)
_CHANGE = Mapper(StageChange, pb.StageChange)

_LEFT = {"rejected", "withdrawn", "canceled", "expired"}
_WORTH = {"updated", "handed_over"}


class ClaimPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of events about claims that are needed. review and the times: of an import."""

    registration_id: str
    stage: Stage | None = None
    review: Review | None = None
    create_time: datetime | None = None
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    close_time: datetime | None = None


def transitions(envelope: Envelope, call: Call) -> FileTransitions | None:
    """The command for an event about a claim; None for one that says nothing of its deal."""
    name = envelope.subject.rpartition(".")[2]
    told = EventCodec.decode(envelope, ClaimPayload)
    at, version = envelope.time, envelope.version
    found: tuple[Transition, ...] = ()
    match name:
        case "submitted":
            found = (Transition(version=version, kind=TransitionKind.ENTERED, time=at),)
        case "recalled":
            found = (Transition(version=version, kind=TransitionKind.RECALLED, time=at),)
        case "stage_advanced":
            found = (Transition(version=version, kind=TransitionKind.REACHED, time=at, stage=told.stage),)
        case "converted":
            found = (Transition(version=version, kind=TransitionKind.REACHED, time=at, stage=Stage.WON),)
        case "imported":
            found = tuple(_imported(told, envelope))
        case left if left in _LEFT:
            found = (Transition(version=version, kind=TransitionKind.LEFT, time=at),)
        case other if other not in _WORTH:
            return None
    return FileTransitions(call=call, registration_id=told.registration_id, transitions=found)


def _imported(told: ClaimPayload, envelope: Envelope) -> list[Transition]:
    """What an imported claim did in the other system, as far as it is known."""
    entered = told.submit_time or told.create_time or envelope.time
    ended = told.close_time or told.decide_time or envelope.time
    closed = told.stage in CLOSED_STAGES
    found = []
    if told.review is not Review.DRAFT:
        found.append(Transition(version=envelope.version, kind=TransitionKind.IMPORTED, time=entered))
    if closed or told.review in CLAIMING | {Review.DRAFT}:
        time = max(entered, ended) if closed else envelope.time
        found.append(
            Transition(version=envelope.version, place=1, kind=TransitionKind.REACHED, time=time, stage=told.stage)
        )
    if told.review not in CLAIMING | {Review.DRAFT}:
        found.append(Transition(version=envelope.version, place=2, kind=TransitionKind.LEFT, time=max(entered, ended)))
    return found


def shown(found: outcomes.DealShown) -> pb.GetPipelineDealResponse:
    """A deal with its changes to protobuf."""
    changes = [_CHANGE.encode(one) for one in found.changes]
    return pb.GetPipelineDealResponse(deal=DEAL.encode(found.deal), changes=changes)


def deals(page: Page[PipelineDeal]) -> pb.ListPipelineDealsResponse:
    """A page of deals to protobuf."""
    rows = [DEAL.encode(loaded.value) for loaded in page.rows]
    return pb.ListPipelineDealsResponse(deals=rows, **page_end(page))


def rates(found: outcomes.Rates) -> pb.GetWinRatesResponse:
    """A page of rates to protobuf."""
    rows = [rate(one) for one in found.rates]
    return pb.GetWinRatesResponse(rates=rows, next_page_token=found.next_page_token, total=rate(found.total))


def rate(one: WinRate) -> pb.WinRate:
    """A rate to protobuf."""
    return pb.WinRate(
        key=one.key,
        won_count=one.won_count,
        closed_count=one.closed_count,
        rate_basis_points=one.rate_basis_points,
        state=pb.WinRateState.Value(f"WIN_RATE_STATE_{one.state.name}"),
    )
