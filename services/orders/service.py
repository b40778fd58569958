"""The composition of the orders service: its slices and its settings."""

from libs import partner_projection
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.orders.settings import Policy, Settings

SLICES = (
    "record",
    "pricing",
    "credit",
    "ordering",
    "returns",
    "shipping",
    "billing",
    "balance",
    "dunning",
    "migration",
    "overview",
    "lookups",
)
COMPOSITION = Composition("orders", (partner_projection, *named("orders", SLICES)))


async def build(platform: Platform) -> Service:
    """The orders service with its store open; ConfigError for invalid policy settings."""
    return await COMPOSITION.build(platform, Settings(policy=platform.settings(COMPOSITION.name, Policy)))
