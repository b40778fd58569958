"""The composition of the tickets service: its slices and its settings."""

import tomllib
from pathlib import Path

import msgspec

from libs import partner_projection
from libs.config import ConfigError
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.slices import Composition, named
from services.tickets.record.domain.policy import ServicePolicy
from services.tickets.settings import STANDARD, Settings

SLICES = ("record", "clocks", "handling", "satisfaction", "linking", "migration", "handover")
COMPOSITION = Composition("tickets", (partner_projection, *named("tickets", SLICES)))


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The environment variables. PRM_TICKETS_POLICY_FILE: a service policy as TOML; None: the standard policy."""

    policy_file: Path | None = None


async def build(platform: Platform) -> Service:
    """The tickets service with its store open; ConfigError for an invalid policy file."""
    given = platform.settings(COMPOSITION.name, Given)
    policy = read_policy(given.policy_file) if given.policy_file else STANDARD
    settings = Settings(policy=policy)
    platform.preload_holidays(policy.hours)
    return await COMPOSITION.build(platform, settings)


def read_policy(path: Path) -> ServicePolicy:
    """The service policy in a TOML file; ConfigError if it is unreadable or invalid."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), ServicePolicy)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as err:
        raise ConfigError(f"PRM_TICKETS_POLICY_FILE: {path}: {err}") from err
