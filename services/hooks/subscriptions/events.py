"""The events of subscriptions; the protos document each of them."""

import msgspec

from services.hooks.subscriptions.domain.states import DisableCause


class SubscriptionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a subscription has."""

    subscription_id: str
    partner_id: str


class SubscriptionCreated(SubscriptionEvent, frozen=True, kw_only=True):
    pass


class SubscriptionUpdated(SubscriptionEvent, frozen=True, kw_only=True):
    pass


class SubscriptionKeyRotated(SubscriptionEvent, frozen=True, kw_only=True):
    key_number: int


class SubscriptionDisabled(SubscriptionEvent, frozen=True, kw_only=True):
    cause: DisableCause


class SubscriptionEnabled(SubscriptionEvent, frozen=True, kw_only=True):
    pass


class SubscriptionDeleted(SubscriptionEvent, frozen=True, kw_only=True):
    pass
