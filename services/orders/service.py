"""The only place where the parts of orders are put together."""

from libs.pb.prm.orders.v1 import orders_service_pb2
from libs.peers import PARTNERS
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from services.orders import wire
from services.orders.api.service import OrderService
from services.orders.consumers import CONSUMERS
from services.orders.documents import KINDS
from services.orders.jobs import JOBS
from services.orders.usecases.settings import Policy, Settings

NAME = "orders"


async def build(platform: Platform) -> Service:
    """Orders, its store open; ConfigError for a policy that is none."""
    settings = Settings(policy=platform.settings(NAME, Policy))
    env = await platform.env(NAME, kinds=KINDS, encode=wire.EVENTS.encode, settings=settings, partners=PARTNERS)
    return Service(
        name=NAME,
        descriptors=(orders_service_pb2.DESCRIPTOR.services_by_name["OrderService"],),
        servicer=OrderService(env),
        env=env,
        consumers=CONSUMERS,
        jobs=JOBS,
    )
