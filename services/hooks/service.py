"""The composition of the hooks service: its slices and its settings."""

import tomllib
from pathlib import Path

import msgspec

from libs import partner_projection
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.hooks.settings import Policy, Settings

SLICES = ("subscriptions", "deliveries", "sending")
COMPOSITION = Composition("hooks", (partner_projection, *named("hooks", SLICES)))

_OPEN_TO_PARTNERS = Path(__file__).with_name("partner_events.toml")


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: frozenset[str]


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_HOOKS_* setting is invalid."""
    policy = platform.settings(COMPOSITION.name, Policy)
    return await COMPOSITION.build(platform, Settings(policy=policy, open_to_partners=open_to_partners()))


def open_to_partners() -> frozenset[str]:
    """The subjects of the events that a partner may subscribe to."""
    return msgspec.convert(tomllib.loads(_OPEN_TO_PARTNERS.read_text()), _Listed).events
