"""The only place where the parts of deals are put together."""

from libs.pb.prm.deals.v1 import deals_service_pb2
from libs.peers import PARTNERS
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from services.deals import wire
from services.deals.api import DealRegistrationService
from services.deals.consumers import CONSUMERS
from services.deals.documents import KINDS
from services.deals.jobs import JOBS
from services.deals.usecases.settings import Policy, Settings

NAME = "deals"


async def build(platform: Platform) -> Service:
    """Deals, its store open; ConfigError for a policy that is none."""
    settings = Settings(policy=platform.settings(NAME, Policy))
    env = await platform.env(NAME, kinds=KINDS, encode=wire.EVENTS.encode, settings=settings, partners=PARTNERS)
    platform.preload_holidays()
    return Service(
        name=NAME,
        descriptors=(deals_service_pb2.DESCRIPTOR.services_by_name["DealRegistrationService"],),
        servicer=DealRegistrationService(env),
        env=env,
        consumers=CONSUMERS,
        jobs=JOBS,
    )
