"""Composes the slices of compliance into the service."""

from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.compliance.settings import Downloads, Policy, Settings, Signing

SLICES = (
    "law",
    "clocks",
    "requests",
    "measures",
    "linking",
    "handling",
    "verification",
    "interchange",
    "transfers",
    "package",
    "holds",
    "freezes",
    "retention",
    "erasure",
    "breaches",
    "consent",
    "records",
    "trail",
    "proof",
)
COMPOSITION = Composition("compliance", named("compliance", SLICES))


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_COMPLIANCE_* setting is invalid."""
    name = COMPOSITION.name
    settings = Settings(
        policy=platform.settings(name, Policy),
        signing=platform.settings(name, Signing),
        downloads=platform.settings(name, Downloads),
    )
    platform.preload_holidays()
    return await COMPOSITION.build(platform, settings)
