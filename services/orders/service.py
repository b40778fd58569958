"""The composition of the orders service: its slices and its settings."""

from libs import partner_projection, rights_projection
from libs.cross_checks.subjects import CheckPolicy
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.orders.settings import Policy, Settings

SLICES = (
    "record",
    "pricing",
    "rates",
    "credit",
    "ordering",
    "returns",
    "shipping",
    "billing",
    "balance",
    "dunning",
    "tracing",
    "diversion",
    "roi",
    "stock",
    "demand",
    "migration",
    "incentives",
    "ledger",
    "handover",
    "overview",
    "lookups",
)
COMPOSITION = Composition("orders", (partner_projection, rights_projection, *named("orders", SLICES)))


async def build(platform: Platform) -> Service:
    """The orders service with its store open; ConfigError for invalid policy settings."""
    policy = platform.settings(COMPOSITION.name, Policy)
    checks = CheckPolicy(keys=platform.border_keys(), per_day=policy.questions_per_day)
    return await COMPOSITION.build(platform, Settings(policy=policy, checks=checks))
