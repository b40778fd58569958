"""Composes the slices of compliance into the service."""

from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.compliance.settings import Settings, Signing

SLICES = ("requests", "package", "trail")
COMPOSITION = Composition("compliance", named("compliance", SLICES))


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_COMPLIANCE_* setting is invalid."""
    settings = Settings(signing=platform.settings(COMPOSITION.name, Signing))
    return await COMPOSITION.build(platform, settings)
