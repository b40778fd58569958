"""Composes the slices of deals into the service."""

from libs import partner_projection
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.deals.settings import Policy, Settings

SLICES = ("claims", "conflicts", "review", "protection", "conversion", "migration", "overview")
COMPOSITION = Composition("deals", (partner_projection, *named("deals", SLICES)))


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_DEALS_* setting is invalid."""
    settings = Settings(policy=platform.settings(COMPOSITION.name, Policy))
    platform.preload_holidays()
    return await COMPOSITION.build(platform, settings)
