"""Protobuf and events to commands; rules, cases and sides to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.proposals import AdjudicationProposal
from services.deals.adjudication.domain.rules import AdjudicationRule
from services.deals.adjudication.domain.sides import AdjudicationSide
from services.deals.adjudication.domain.statistics import AdjudicationCount
from services.deals.adjudication.usecases import cases, deciding, rules, sides

RULE = Mapper(AdjudicationRule, pb.AdjudicationRule)
CASE = Mapper(Adjudication, pb.Adjudication)
SIDE = Mapper(AdjudicationSide, pb.AdjudicationSide)
_PROPOSAL = Mapper(AdjudicationProposal, pb.AdjudicationProposal)
_COUNT = Mapper(AdjudicationCount, pb.AdjudicationCount)

DRAFT = Mapper(rules.DraftAdjudicationRule, pb.DraftAdjudicationRuleRequest)
PUBLISH = Mapper(rules.PublishAdjudicationRule, pb.PublishAdjudicationRuleRequest)
WITHDRAW = Mapper(rules.WithdrawAdjudicationRule, pb.WithdrawAdjudicationRuleRequest)
LIST_RULES = Mapper(rules.ListAdjudicationRules, pb.ListAdjudicationRulesRequest)
OPEN = Mapper(cases.OpenAdjudication, pb.OpenAdjudicationRequest)
GET = Mapper(cases.GetAdjudication, pb.GetAdjudicationRequest)
LIST = Mapper(cases.ListAdjudications, pb.ListAdjudicationsRequest)
STATISTICS = Mapper(cases.GetAdjudicationStatistics, pb.GetAdjudicationStatisticsRequest)
DECIDE = Mapper(deciding.DecideAdjudication, pb.DecideAdjudicationRequest)
DECIDE_APPEAL = Mapper(deciding.DecideAdjudicationAppeal, pb.DecideAdjudicationAppealRequest)
RECORD = Mapper(sides.RecordInvitation, pb.RecordInvitationRequest)
GET_SIDE = Mapper(sides.GetAdjudicationSide, pb.GetAdjudicationSideRequest)
LIST_SIDES = Mapper(sides.ListAdjudicationSides, pb.ListAdjudicationSidesRequest)
APPEAL = Mapper(sides.AppealAdjudication, pb.AppealAdjudicationRequest)


class ClaimPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The field of the events that is needed."""

    registration_id: str = ""


def whole(found: cases.WholeCase) -> pb.GetAdjudicationResponse:
    """A case with its sides and its proposal."""
    return pb.GetAdjudicationResponse(
        adjudication=CASE.encode(found.case),
        sides=[SIDE.encode(one) for one in found.sides],
        proposal=_PROPOSAL.encode(found.proposal),
    )


def statistics(found: cases.Statistics) -> pb.GetAdjudicationStatisticsResponse:
    """The counts."""
    return pb.GetAdjudicationStatisticsResponse(
        total=_COUNT.encode(found.total), by_reason=[_COUNT.encode(one) for one in found.by_reason]
    )


def claim(envelope: Envelope) -> str:
    """The claim of an event; empty for an event about something else."""
    return EventCodec.decode(envelope, ClaimPayload).registration_id


def observe(side_id: str, registration_id: str, call: Call) -> sides.ObserveClaim:
    """The command to look at a claim again."""
    return sides.ObserveClaim(call=call, id=side_id, registration_id=registration_id)


def lost(envelope: Envelope, call: Call) -> deciding.EndLostClaim:
    """The command to end a claim."""
    return deciding.EndLostClaim(call=call, registration_id=claim(envelope))
