"""The only place where the parts of tickets are put together."""

import tomllib
from pathlib import Path

import msgspec

from libs.config import ConfigError
from libs.pb.prm.tickets.v1 import tickets_service_pb2
from libs.peers import PARTNERS
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from services.tickets import wire
from services.tickets.api import TicketService
from services.tickets.consumers import CONSUMERS
from services.tickets.documents import KINDS
from services.tickets.domain.policy import ServicePolicy
from services.tickets.jobs import JOBS
from services.tickets.usecases.settings import STANDARD, Settings

NAME = "tickets"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment says: PRM_TICKETS_POLICY_FILE, a service policy as TOML; absent = the standard one."""

    policy_file: Path | None = None


async def build(platform: Platform) -> Service:
    """Tickets, its store open; ConfigError for a policy that is none."""
    given = platform.settings(NAME, Given)
    policy = read_policy(given.policy_file) if given.policy_file else STANDARD
    settings = Settings(keys=platform.keys, objects=platform.objects, policy=policy)
    env = await platform.env(NAME, kinds=KINDS, encode=wire.EVENTS.encode, settings=settings, partners=PARTNERS)
    platform.preload_holidays(policy.hours)
    return Service(
        name=NAME,
        descriptors=(tickets_service_pb2.DESCRIPTOR.services_by_name["TicketService"],),
        servicer=TicketService(env),
        env=env,
        consumers=CONSUMERS,
        jobs=JOBS,
    )


def read_policy(path: Path) -> ServicePolicy:
    """The service policy in a TOML file; ConfigError if it is none."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), ServicePolicy)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as err:
        raise ConfigError(f"PRM_TICKETS_POLICY_FILE: {path}: {err}") from err
