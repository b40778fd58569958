"""The gRPC side of subscriptions: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.hooks import v1 as pb
from services.hooks.settings import Env
from services.hooks.subscriptions import usecases, wire
from services.hooks.subscriptions.domain.subscription import Subscription


class Api:
    """The RPCs about subscriptions."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateSubscription(
        self, request: pb.CreateSubscriptionRequest, call: Call
    ) -> pb.CreateSubscriptionResponse:
        found = await self._env.run(usecases.create_subscription, wire.CREATE.decode(request, call=call))
        secret = wire.new_secret(self._env, found)
        return pb.CreateSubscriptionResponse(subscription=self._shown(found), secret=secret)

    async def UpdateSubscription(
        self, request: pb.UpdateSubscriptionRequest, call: Call
    ) -> pb.UpdateSubscriptionResponse:
        found = await self._env.run(usecases.update_subscription, wire.update(request, call))
        return pb.UpdateSubscriptionResponse(subscription=self._shown(found))

    async def RotateKey(self, request: pb.RotateKeyRequest, call: Call) -> pb.RotateKeyResponse:
        found = await self._env.run(usecases.rotate_key, wire.ROTATE.decode(request, call=call))
        return pb.RotateKeyResponse(subscription=self._shown(found), secret=wire.new_secret(self._env, found))

    async def DisableSubscription(
        self, request: pb.DisableSubscriptionRequest, call: Call
    ) -> pb.DisableSubscriptionResponse:
        found = await self._env.run(usecases.disable_subscription, wire.DISABLE.decode(request, call=call))
        return pb.DisableSubscriptionResponse(subscription=self._shown(found))

    async def EnableSubscription(
        self, request: pb.EnableSubscriptionRequest, call: Call
    ) -> pb.EnableSubscriptionResponse:
        found = await self._env.run(usecases.enable_subscription, wire.ENABLE.decode(request, call=call))
        self._env.settings.woken.set()
        return pb.EnableSubscriptionResponse(subscription=self._shown(found))

    async def DeleteSubscription(
        self, request: pb.DeleteSubscriptionRequest, call: Call
    ) -> pb.DeleteSubscriptionResponse:
        found = await self._env.run(usecases.delete_subscription, wire.DELETE.decode(request, call=call))
        return pb.DeleteSubscriptionResponse(subscription=self._shown(found))

    async def GetSubscription(self, request: pb.GetSubscriptionRequest, call: Call) -> pb.GetSubscriptionResponse:
        found = await usecases.get_subscription(self._env, wire.GET.decode(request, call=call))
        return pb.GetSubscriptionResponse(subscription=self._shown(found))

    async def ListSubscriptions(self, request: pb.ListSubscriptionsRequest, call: Call) -> pb.ListSubscriptionsResponse:
        found = await usecases.list_subscriptions(self._env, wire.LIST.decode(request, call=call))
        return wire.subscriptions(found, self._env.clock.now())

    def _shown(self, found: Subscription) -> pb.Subscription:
        return wire.subscription(found, self._env.clock.now())
