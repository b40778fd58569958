"""The operator: receivers of webhooks with what they missed, findings about the trail, deletion runs."""

from services.console.pages import Cockpit, Document, List, Pages, Section
from services.console.wording import N_

_DELIVERY = ("id", "subscription_id", "event_type", "resource_id", "state", "attempt_count", "next_attempt_time")

PAGES = Pages(
    lists=(
        List(
            name="subscriptions",
            title=N_("Subscriptions"),
            method="hooks.ListSubscriptions",
            columns=("id", "name", "partner_id", "state", "disable_cause", "disable_time"),
            filters=("state", "partner_id"),
        ),
        List(
            name="deliveries",
            title=N_("Deliveries"),
            method="hooks.ListDeliveries",
            columns=_DELIVERY,
            filters=("subscription_id", "state", "event_since", "event_before"),
            row_acts=("hooks.Redeliver",),
        ),
        List(
            name="deliveries-given-up",
            title=N_("Deliveries that were given up"),
            method="hooks.ListDeliveries",
            columns=_DELIVERY,
            fixed={"state": "DELIVERY_STATE_GIVEN_UP"},
            row_acts=("hooks.Redeliver",),
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
                Section(title=N_("Backlog"), method="hooks.GetBacklog", by={"subscription_id": "id"}),
                Section(
                    title=N_("Deliveries"),
                    method="hooks.ListDeliveries",
                    by={"subscription_id": "id"},
                    columns=("id", "event_type", "resource_id", "state", "attempt_count", "next_attempt_time"),
                ),
            ),
        ),
    ),
    cockpits=(
        Cockpit(
            name="operator",
            title=N_("Operator"),
            permission="hooks.subscription.delete",
            waiting=("deliveries-given-up", "subscriptions", "trail-findings"),
            lists=("deliveries", "purges", "trail"),
        ),
    ),
)
