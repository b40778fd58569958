"""The kinds of subscriptions and routes, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.hooks.subscriptions.domain.subscription import Route, Subscription

SUBSCRIPTIONS = Kind(
    "subscription",
    Subscription,
    (*serving("partner_id", "state", orders=("",)), Index(("state", "update_time"))),
    owner="partner_id",
)
ROUTES = Kind("route", Route, (Index(("event_type", "of_partner")), Index(("subscription_id",))))

KINDS = (SUBSCRIPTIONS, ROUTES)
