"""The settings of webhooks, and the typed environment of the use cases."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from libs import env
from libs.outbound.resolving import Resolver, SystemResolver


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The environment variables, each `PRM_HOOKS_<NAME>`. loopback: receivers may be on loopback, also without TLS: for
    development only. delivery_days: how long deliveries are kept, and what of them can be recovered. subscriptions: how
    many the vendor, and each partner, may have at a time."""

    loopback: bool = False
    delivery_days: Annotated[int, Meta(ge=4, le=365)] = 30
    subscriptions: Annotated[int, Meta(ge=1, le=1_000)] = 100


class PartnerEvents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """events: the subjects of the events that a partner may subscribe to. without_version: those of them whose webhooks
    to a partner have no `prmversion`."""

    events: frozenset[str] = frozenset()
    without_version: frozenset[str] = frozenset()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """policy: of the operator. partner_events: what a partner may get. resolver: makes what finds
    the addresses of receivers. tls: whom to trust; None: the authorities of the system. woken: set when a delivery of
    this process is due, so that the sender looks at once."""

    policy: Policy = Policy()
    partner_events: PartnerEvents = PartnerEvents()
    resolver: Callable[[], Resolver] = SystemResolver
    tls: ssl.SSLContext | None = None
    woken: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


Env = env.Env[Settings]
