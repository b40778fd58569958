"""The composition of the hooks service: its slices and its settings."""

import tomllib
from pathlib import Path

import msgspec

from libs import partner_projection
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.hooks.settings import PartnerEvents, Policy, Settings

SLICES = ("subscriptions", "deliveries", "sending")
COMPOSITION = Composition("hooks", (partner_projection, *named("hooks", SLICES)))

_PARTNER_EVENTS = Path(__file__).with_name("partner_events.toml")


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_HOOKS_* setting is invalid."""
    policy = platform.settings(COMPOSITION.name, Policy)
    return await COMPOSITION.build(platform, Settings(policy=policy, partner_events=partner_events()))


def partner_events() -> PartnerEvents:
    """The events that a partner may subscribe to, as they are listed."""
    return msgspec.convert(tomllib.loads(_PARTNER_EVENTS.read_text()), PartnerEvents)
