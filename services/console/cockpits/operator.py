"""The operator: receivers of webhooks with what they missed, findings about the trail, deletion runs."""

from services.console.pages import Cockpit, Document, List, Pages, Section
from services.console.wording import N_

_DELIVERY = ("id", "event_type", "resource_id", "state", "attempt_count", "next_attempt_time")
_OF_SUBSCRIPTION = {"subscription_id": "id"}

PAGES = Pages(
    lists=(
        List(
            name="subscriptions",
            title=N_("Subscriptions"),
            method="hooks.ListSubscriptions",
            columns=("id", "name", "partner_id", "state", "disable_cause", "disable_time"),
            filters=("state", "partner_id"),
        ),
    ),
    documents=(
        Document(
            prefix="sub",
            title=N_("Subscription"),
            method="hooks.GetSubscription",
            field="subscription",
            heading="name",
            acts=("hooks.DisableSubscription", "hooks.EnableSubscription", "hooks.RedeliverSince"),
            sections=(
                Section(title=N_("Backlog"), method="hooks.GetBacklog", by=_OF_SUBSCRIPTION),
                Section(
                    title=N_("Deliveries that were given up"),
                    method="hooks.ListDeliveries",
                    by=_OF_SUBSCRIPTION,
                    columns=_DELIVERY,
                    fixed={"state": "DELIVERY_STATE_GIVEN_UP"},
                ),
                Section(title=N_("Deliveries"), method="hooks.ListDeliveries", by=_OF_SUBSCRIPTION, columns=_DELIVERY),
            ),
        ),
        Document(
            prefix="dlv",
            title=N_("Delivery of an event"),
            method="hooks.GetDelivery",
            field="delivery",
            heading="event_type",
            acts=("hooks.Redeliver",),
        ),
    ),
    cockpits=(
        Cockpit(
            name="operator",
            title=N_("Operator"),
            permission="hooks.subscription.delete",
            waiting=("subscriptions", "trail-findings", "purges"),
            lists=("trail",),
        ),
    ),
)
