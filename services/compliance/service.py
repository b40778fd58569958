"""The slices of compliance, summed, and its settings."""

from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.compliance.settings import Settings, Signing

SLICES = ("requests", "package", "trail")
COMPOSITION = Composition("compliance", named("compliance", SLICES))


async def build(platform: Platform) -> Service:
    """Compliance, its store open; ConfigError for a setting that is wrong."""
    settings = Settings(signing=platform.settings(COMPOSITION.name, Signing))
    return await COMPOSITION.build(platform, settings)
