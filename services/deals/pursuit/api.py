"""The gRPC side of joint pursuits: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.pursuit import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs about joint pursuits."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def InviteMember(self, request: pb.InviteMemberRequest, call: Call) -> pb.InviteMemberResponse:
        found = await self._env.run(usecases.invite_member, wire.INVITE.decode(request, call=call))
        return pb.InviteMemberResponse(membership=wire.alone(found, call, self._env.clock.now()))

    async def AcceptInvitation(self, request: pb.AcceptInvitationRequest, call: Call) -> pb.AcceptInvitationResponse:
        member = await self._env.run(usecases.accept_invitation, wire.ACCEPT.decode(request, call=call))
        found = await usecases.with_snapshot(self._env, member)
        return pb.AcceptInvitationResponse(membership=wire.member(found, call, self._env.clock.now()))

    async def DeclineInvitation(self, request: pb.DeclineInvitationRequest, call: Call) -> pb.DeclineInvitationResponse:
        found = await self._env.run(usecases.decline_invitation, wire.DECLINE.decode(request, call=call))
        return pb.DeclineInvitationResponse(membership=wire.alone(found, call, self._env.clock.now()))

    async def EndMembership(self, request: pb.EndMembershipRequest, call: Call) -> pb.EndMembershipResponse:
        found = await self._env.run(usecases.end_membership, wire.END.decode(request, call=call))
        return pb.EndMembershipResponse(membership=wire.alone(found, call, self._env.clock.now()))

    async def GetMembership(self, request: pb.GetMembershipRequest, call: Call) -> pb.GetMembershipResponse:
        found = await usecases.get_membership(self._env, wire.GET.decode(request, call=call))
        return pb.GetMembershipResponse(membership=wire.member(found, call, self._env.clock.now()))

    async def ListMemberships(self, request: pb.ListMembershipsRequest, call: Call) -> pb.ListMembershipsResponse:
        found = await usecases.list_memberships(self._env, wire.LIST.decode(request, call=call))
        return wire.memberships(found, call, self._env.clock.now())

    async def AddNextStep(self, request: pb.AddNextStepRequest, call: Call) -> pb.AddNextStepResponse:
        step = await self._env.run(usecases.add_next_step, wire.ADD.decode(request, call=call))
        return pb.AddNextStepResponse(step=wire.STEP.encode(step))

    async def ChangeNextStep(self, request: pb.ChangeNextStepRequest, call: Call) -> pb.ChangeNextStepResponse:
        step = await self._env.run(usecases.change_next_step, wire.CHANGE.decode(request, call=call))
        return pb.ChangeNextStepResponse(step=wire.STEP.encode(step))

    async def ListNextSteps(self, request: pb.ListNextStepsRequest, call: Call) -> pb.ListNextStepsResponse:
        return wire.steps(await usecases.list_next_steps(self._env, wire.LIST_STEPS.decode(request, call=call)))

    async def RecordPursuitActivity(
        self, request: pb.RecordPursuitActivityRequest, call: Call
    ) -> pb.RecordPursuitActivityResponse:
        activity = await self._env.run(usecases.record_pursuit_activity, wire.RECORD.decode(request, call=call))
        return pb.RecordPursuitActivityResponse(activity=wire.ACTIVITY.encode(activity))

    async def ListPursuitActivities(
        self, request: pb.ListPursuitActivitiesRequest, call: Call
    ) -> pb.ListPursuitActivitiesResponse:
        found = await usecases.list_pursuit_activities(self._env, wire.LIST_ACTIVITIES.decode(request, call=call))
        return wire.activities(found)
