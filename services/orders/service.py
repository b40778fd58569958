"""The slices of orders, summed, and its settings."""

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
    """Orders, its store open; ConfigError for a policy that is none."""
    return await COMPOSITION.build(platform, Settings(policy=platform.settings(COMPOSITION.name, Policy)))
