"""Protobuf to commands and agreements to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.partners import v1 as pb
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.usecases import ending, writing

AGREEMENT = Mapper(Agreement, pb.Agreement)
SHOWN = Mapper(writing.Shown, pb.GetAgreementResponse)
DRAFT = Mapper(writing.DraftAgreement, pb.DraftAgreementRequest)
REVISE = Mapper(writing.ReviseAgreement, pb.ReviseAgreementRequest)
SEND = Mapper(writing.SendAgreement, pb.SendAgreementRequest)
SIGN = Mapper(writing.SignAgreement, pb.SignAgreementRequest)
GIVE_NOTICE = Mapper(ending.GiveNotice, pb.GiveNoticeRequest)
RENEW = Mapper(ending.RenewAgreement, pb.RenewAgreementRequest)
TERMINATE = Mapper(ending.TerminateAgreement, pb.TerminateAgreementRequest)
GET = Mapper(writing.GetAgreement, pb.GetAgreementRequest)
LIST = Mapper(writing.ListAgreements, pb.ListAgreementsRequest)


class _Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """The partner that every event of an agreement names."""

    partner_id: str


def follow(envelope: Envelope, call: Call) -> ending.FollowAgreements:
    """The command for an event of an agreement."""
    return ending.FollowAgreements(call=call, partner_id=EventCodec.decode(envelope, _Concerned).partner_id)
