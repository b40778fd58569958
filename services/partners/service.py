"""The composition of the partners service: its slices and its settings."""

from libs.decisions.four_eyes import DecisionPolicy
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.partners.settings import Settings

SLICES = ("record", "hierarchy", "activity", "application", "contacts", "territories", "migration", "overview")
COMPOSITION = Composition("partners", named("partners", SLICES))


async def build(platform: Platform) -> Service:
    """The partners service with its store open; ConfigError for invalid policy settings."""
    policy = platform.settings(COMPOSITION.name, DecisionPolicy)
    settings = Settings(policy=policy)
    return await COMPOSITION.build(platform, settings)
