"""The slices of partners, summed, and its settings."""

from libs.decisions.four_eyes import DecisionPolicy
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.partners.settings import Settings

SLICES = ("record", "hierarchy", "activity", "application", "contacts", "territories", "migration", "overview")
COMPOSITION = Composition("partners", named("partners", SLICES))


async def build(platform: Platform) -> Service:
    """Partners, its store open; ConfigError for a policy that is none."""
    policy = platform.settings(COMPOSITION.name, DecisionPolicy)
    settings = Settings(policy=policy)
    return await COMPOSITION.build(platform, settings)
