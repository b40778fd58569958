"""Composes the slices of deals into the service."""

from libs import partner_projection, rights_projection
from libs.cross_checks.subjects import CheckPolicy
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.deals.settings import Policy, Settings

SLICES = (
    "versions",
    "claims",
    "matching",
    "conflicts",
    "approval",
    "review",
    "protection",
    "conversion",
    "migration",
    "customers",
    "customer_segmentation",
    "adjudication",
    "projects",
    "leads",
    "lead_distribution",
    "pipeline",
    "direct",
    "winback",
    "forecast",
    "split",
    "campaigns",
    "pursuit",
    "handover",
    "overview",
)
COMPOSITION = Composition("deals", (partner_projection, rights_projection, *named("deals", SLICES)))


async def build(platform: Platform) -> Service:
    """The service with its store open; ConfigError if a PRM_DEALS_* setting is invalid."""
    policy = platform.settings(COMPOSITION.name, Policy)
    checks = CheckPolicy(keys=platform.border_keys(), per_day=policy.questions_per_day)
    settings = Settings(policy=policy, checks=checks)
    platform.preload_holidays()
    return await COMPOSITION.build(platform, settings)
