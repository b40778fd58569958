"""The composition of the partners service: its slices and its settings."""

from libs import rates_projection
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.partners.settings import Policy, Settings

SLICES = (
    "record",
    "hierarchy",
    "facts",
    "screening",
    "application",
    "contacts",
    "territories",
    "certification",
    "agreement",
    "funds",
    "fund_claims",
    "conduct",
    "price_corridor",
    "plan",
    "relations",
    "program",
    "tier_review",
    "accruals",
    "fund_returns",
    "coverage",
    "scorecard",
    "segmentation",
    "quality",
    "migration",
    "leaving",
    "handover",
    "directory",
    "overview",
)
COMPOSITION = Composition("partners", (rates_projection, *named("partners", SLICES)))


async def build(platform: Platform) -> Service:
    """The partners service with its store open; ConfigError for invalid policy settings."""
    settings = Settings(policy=platform.settings(COMPOSITION.name, Policy))
    return await COMPOSITION.build(platform, settings)
