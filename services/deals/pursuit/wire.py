"""Protobuf and events to commands, memberships to protobuf, by field name."""

from datetime import datetime

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.pursuit import usecases
from services.deals.pursuit.domain.members import PursuitActivity, PursuitMembership, PursuitStep, shown
from services.deals.pursuit.domain.snapshots import PursuitSnapshot

INVITE = Mapper(usecases.InviteMember, pb.InviteMemberRequest)
ACCEPT = Mapper(usecases.AnswerInvitation, pb.AcceptInvitationRequest)
DECLINE = Mapper(usecases.AnswerInvitation, pb.DeclineInvitationRequest)
END = Mapper(usecases.AnswerInvitation, pb.EndMembershipRequest)
GET = Mapper(usecases.GetMembership, pb.GetMembershipRequest)
LIST = Mapper(usecases.ListMemberships, pb.ListMembershipsRequest)
ADD = Mapper(usecases.AddNextStep, pb.AddNextStepRequest)
CHANGE = Mapper(usecases.ChangeNextStep, pb.ChangeNextStepRequest)
LIST_STEPS = Mapper(usecases.ListOfMembership, pb.ListNextStepsRequest)
RECORD = Mapper(usecases.RecordPursuitActivity, pb.RecordPursuitActivityRequest)
LIST_ACTIVITIES = Mapper(usecases.ListOfMembership, pb.ListPursuitActivitiesRequest)
STEP = Mapper(PursuitStep, pb.PursuitStep)
ACTIVITY = Mapper(PursuitActivity, pb.PursuitActivity)
_SNAPSHOT = Mapper(PursuitSnapshot, pb.PursuitSnapshot)
_MEMBER = Mapper(PursuitMembership, pb.PursuitMembership)


class ClaimPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The field of events about claims that is needed."""

    registration_id: str


def claim_of(envelope: Envelope) -> str:
    """The claim of an event."""
    return EventCodec.decode(envelope, ClaimPayload).registration_id


def member(found: usecases.MemberShown, call: Call, now: datetime) -> pb.PursuitMembership:
    """A membership as its caller may see it."""
    snapshot = _SNAPSHOT.encode(found.snapshot) if found.snapshot else None
    return _MEMBER.encode(shown(found.member, call.caller.partner_id, now), snapshot=snapshot)


def alone(one: PursuitMembership, call: Call, now: datetime) -> pb.PursuitMembership:
    """A membership without a snapshot."""
    return member(usecases.MemberShown(one, None), call, now)


def memberships(found: usecases.MembersShown, call: Call, now: datetime) -> pb.ListMembershipsResponse:
    """A page of memberships to protobuf."""
    rows = [member(one, call, now) for one in found.members]
    return pb.ListMembershipsResponse(memberships=rows, **page_end(found.page))


def steps(page: Page[PursuitStep]) -> pb.ListNextStepsResponse:
    """A page of steps to protobuf."""
    return pb.ListNextStepsResponse(steps=[STEP.encode(one.value) for one in page.rows], **page_end(page))


def activities(page: Page[PursuitActivity]) -> pb.ListPursuitActivitiesResponse:
    """A page of activities to protobuf."""
    rows = [ACTIVITY.encode(one.value) for one in page.rows]
    return pb.ListPursuitActivitiesResponse(activities=rows, **page_end(page))
