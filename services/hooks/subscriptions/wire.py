"""Protobuf to commands, and subscriptions to protobuf, by field name."""

from datetime import datetime

from libs.call import Call
from libs.mapping import Mapper
from libs.outbound.signing import written_secret
from libs.pb.prm.hooks import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.hooks.settings import Env
from services.hooks.subscriptions import usecases
from services.hooks.subscriptions.domain.states import SignatureScheme
from services.hooks.subscriptions.domain.subscription import Subscription, SubscriptionChanges, SubscriptionKey
from services.hooks.subscriptions.reads import opened

CREATE = Mapper(usecases.CreateSubscription, pb.CreateSubscriptionRequest)
ROTATE = Mapper(usecases.RotateKey, pb.RotateKeyRequest)
DISABLE = Mapper(usecases.ChangeState, pb.DisableSubscriptionRequest)
ENABLE = Mapper(usecases.ChangeState, pb.EnableSubscriptionRequest)
DELETE = Mapper(usecases.ChangeState, pb.DeleteSubscriptionRequest)
GET = Mapper(usecases.GetSubscription, pb.GetSubscriptionRequest)
LIST = Mapper(usecases.ListSubscriptions, pb.ListSubscriptionsRequest)
_CHANGES = Mapper(SubscriptionChanges, pb.UpdateSubscriptionRequest)
_SUBSCRIPTION = Mapper(Subscription, pb.Subscription)
_KEY = Mapper(SubscriptionKey, pb.SubscriptionKey)


def update(request: pb.UpdateSubscriptionRequest, call: Call) -> usecases.UpdateSubscription:
    """The command; its changes are the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return usecases.UpdateSubscription(call=call, id=request.id, etag=request.etag, changes=changes)


def subscription(one: Subscription, now: datetime) -> pb.Subscription:
    """A subscription with the keys that sign now."""
    found = _SUBSCRIPTION.encode(one)
    del found.keys[:]
    found.keys.extend(_KEY.encode(key) for key in one.signing(now))
    return found


def new_secret(env: Env, one: Subscription) -> str:
    """The secret of the newest key, if receivers share it; else empty."""
    newest = one.keys[-1]
    return written_secret(opened(env, one, newest)) if newest.scheme is SignatureScheme.HMAC_SHA256 else ""


def subscriptions(page: Page[Subscription], now: datetime) -> pb.ListSubscriptionsResponse:
    """A page of subscriptions to protobuf."""
    rows = [subscription(loaded.value, now) for loaded in page.rows]
    return pb.ListSubscriptionsResponse(subscriptions=rows, **page_end(page))
