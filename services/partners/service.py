"""The only place where the parts of partners are put together."""

from libs.decisions.four_eyes import DecisionPolicy
from libs.pb.prm.partners.v1 import partners_service_pb2
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from services.partners import wire
from services.partners.api import PartnerService
from services.partners.consumers import CONSUMERS
from services.partners.documents import KINDS, PARTNERS
from services.partners.jobs import JOBS
from services.partners.usecases.settings import Settings

NAME = "partners"


async def build(platform: Platform) -> Service:
    """Partners, its store open; ConfigError for a policy that is none."""
    policy = platform.settings(NAME, DecisionPolicy)
    settings = Settings(policy=policy)
    env = await platform.env(NAME, kinds=KINDS, encode=wire.EVENTS.encode, settings=settings, partners=PARTNERS)
    return Service(
        name=NAME,
        descriptors=(partners_service_pb2.DESCRIPTOR.services_by_name["PartnerService"],),
        servicer=PartnerService(env),
        env=env,
        consumers=CONSUMERS,
        jobs=JOBS,
    )
