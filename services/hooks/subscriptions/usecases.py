"""One function per RPC about subscriptions."""

from datetime import datetime, timedelta

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, NotFound, Violation
from libs.ids import secret
from libs.messaging.catalogue import deliverable
from libs.outbound.addresses import url_violations
from libs.outbound.signing import KEY_BYTES, written_public_key
from libs.partner_projection import active_partner
from libs.store.paging import ListCommand, paged
from libs.store.port import Page, Query, Scalar, create
from services.hooks.settings import Env
from services.hooks.subscriptions.documents import SUBSCRIPTIONS
from services.hooks.subscriptions.domain import subscription as rules
from services.hooks.subscriptions.domain.states import (
    NOT_DELETED,
    DisableCause,
    SignatureScheme,
    SubscriptionState,
)
from services.hooks.subscriptions.domain.subscription import (
    OVERLAP,
    Subscription,
    SubscriptionChanges,
    SubscriptionKey,
    TooManySubscriptions,
)
from services.hooks.subscriptions.reads import own_subscription, route_writes, sealed_name


class CreateSubscription(Command, frozen=True, kw_only=True):
    """Subscribe a receiver."""

    partner_id: str = ""
    name: str
    url: str
    event_types: tuple[str, ...]
    partner_ids: tuple[str, ...] = ()
    scheme: SignatureScheme


class UpdateSubscription(ResourceCommand, frozen=True, kw_only=True):
    """Set fields of a subscription."""

    changes: SubscriptionChanges


class RotateKey(ResourceCommand, frozen=True, kw_only=True):
    """Add a key. overlap: how long the former one signs too; None: OVERLAP. scheme: None: as before."""

    overlap: timedelta | None = None
    scheme: SignatureScheme | None = None


class ChangeState(ResourceCommand, frozen=True, kw_only=True):
    """Disable, enable or delete a subscription."""


class GetSubscription(Command, frozen=True, kw_only=True):
    """Show a subscription."""

    id: str


class ListSubscriptions(ListCommand, frozen=True, kw_only=True):
    """List subscriptions; an empty filter matches all of them."""

    partner_id: str = ""
    state: SubscriptionState | None = None


async def create_subscription(env: Env, cmd: CreateSubscription) -> Subscription:
    """The new subscription. InvalidInput, TooManySubscriptions; NotFound, NotYetKnown, PartnerNotActive for its
    partner."""
    partner_id = cmd.partner_id or cmd.call.caller.partner_id
    if partner_id:
        await active_partner(env, partner_id, call=cmd.call)
    now = env.clock.now()
    asked = Subscription(
        id=env.ids.new("sub"),
        partner_id=partner_id,
        name=cmd.name,
        url=cmd.url,
        event_types=cmd.event_types,
        partner_ids=cmd.partner_ids,
        scheme=cmd.scheme,
        create_time=now,
        update_time=now,
    )
    _refuse(env, asked)
    await _refuse_too_many(env, partner_id)
    made, event = rules.created(asked, _key(env, asked.id, 1, cmd.scheme, now))
    return await env.commit(create(SUBSCRIPTIONS, made), *route_writes(None, made), events=[event], call=cmd.call)


async def update_subscription(env: Env, cmd: UpdateSubscription) -> Subscription:
    """The subscription with the changes; unchanged if nothing differs. InvalidInput, WrongState."""
    loaded = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    after, event = rules.updated(loaded.value, cmd.changes, env.clock.now())
    _refuse(env, after)
    if same_content(loaded.value, after):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(after), *route_writes(loaded.value, after), events=[event], call=cmd.call)


async def rotate_key(env: Env, cmd: RotateKey) -> Subscription:
    """The subscription with a new key. WrongState."""
    loaded = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    before, now = loaded.value, env.clock.now()
    key = _key(env, before.id, before.key_count + 1, cmd.scheme or before.scheme, now)
    overlap = OVERLAP if cmd.overlap is None else cmd.overlap
    after, event = rules.rotated(before, key, overlap=overlap, now=now)
    return await env.commit(loaded.put(after), events=[event], call=cmd.call)


async def disable_subscription(env: Env, cmd: ChangeState) -> Subscription:
    """The subscription without deliveries. WrongState."""
    loaded = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    after, event = rules.disabled(loaded.value, DisableCause.ASKED, env.clock.now())
    return await env.commit(loaded.put(after), events=[event], call=cmd.call)


async def enable_subscription(env: Env, cmd: ChangeState) -> Subscription:
    """The subscription with deliveries again. WrongState."""
    loaded = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    after, event = rules.enabled(loaded.value, env.clock.now())
    return await env.commit(loaded.put(after), events=[event], call=cmd.call)


async def delete_subscription(env: Env, cmd: ChangeState) -> Subscription:
    """The subscription, over. WrongState."""
    loaded = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    after, event = rules.deleted(loaded.value, env.clock.now())
    return await env.commit(loaded.put(after), *route_writes(loaded.value, after), events=[event], call=cmd.call)


async def get_subscription(env: Env, cmd: GetSubscription) -> Subscription:
    """The subscription. NotFound."""
    return await own_subscription(env, cmd.id, call=cmd.call)


async def list_subscriptions(env: Env, cmd: ListSubscriptions) -> Page[Subscription]:
    """One page of subscriptions, the oldest first. NotFound if a partner's people name another partner."""
    own = cmd.call.caller.partner_id
    if own and cmd.partner_id not in ("", own):
        raise NotFound("partner", cmd.partner_id)
    filters = {"partner_id": own or cmd.partner_id, "state": cmd.state}
    return await env.listing(SUBSCRIPTIONS, filters, call=cmd.call, **paged(cmd))


def _refuse(env: Env, asked: Subscription) -> None:
    """InvalidInput with everything that is wrong with a new or changed subscription."""
    known, allowed = deliverable(), env.settings.partner_events.events
    wrong: list[Violation] = [
        *rules.required_violations(asked),
        *(url_violations("url", asked.url, loopback=env.settings.policy.loopback) if asked.url else ()),
        *rules.event_violations(asked, known=known, open_to_partners=allowed),
    ]
    if wrong:
        raise InvalidInput(wrong)


async def _refuse_too_many(env: Env, partner_id: str) -> None:
    """TooManySubscriptions. Two at the same instant may both pass: the limit is there against floods."""
    limit = env.settings.policy.subscriptions
    count = 0
    for state in sorted(NOT_DELETED, key=lambda one: one.name):
        equals: dict[str, Scalar] = {"partner_id": partner_id, "state": state}
        count += (await env.store.find(Query(kind=SUBSCRIPTIONS, equals=equals, limit=1, count_up_to=limit))).total
    if count >= limit:
        raise TooManySubscriptions(limit)


def _key(env: Env, subscription_id: str, number: int, scheme: SignatureScheme, now: datetime) -> SubscriptionKey:
    made = secret(KEY_BYTES)
    return SubscriptionKey(
        number=number,
        scheme=scheme,
        sealed=env.keys.seal(made, sealed_name(subscription_id, number)),
        public_key=written_public_key(made) if scheme is SignatureScheme.ED25519 else "",
        create_time=now,
    )
