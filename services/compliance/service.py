"""The only place where the parts of compliance are put together."""

from libs.pb.prm.compliance.v1 import compliance_service_pb2
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from services.compliance import wire
from services.compliance.api import ComplianceService
from services.compliance.consumers import CONSUMERS
from services.compliance.documents import KINDS
from services.compliance.domain.chain import Signing
from services.compliance.jobs import JOBS
from services.compliance.usecases.settings import Settings

NAME = "compliance"


async def build(platform: Platform) -> Service:
    """Compliance, its store open; ConfigError for settings that are none."""
    settings = Settings(signing=platform.settings(NAME, Signing))
    env = await platform.env(NAME, kinds=KINDS, encode=wire.EVENTS.encode, settings=settings)
    return Service(
        name=NAME,
        descriptors=(compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"],),
        servicer=ComplianceService(env),
        env=env,
        consumers=CONSUMERS,
        jobs=JOBS,
    )
