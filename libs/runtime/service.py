"""What a service is made of: its `service.py` builds one of these and nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from google.protobuf.descriptor import ServiceDescriptor

from libs.call import Mark
from libs.env import Env
from libs.messaging.intake import Consumer

if TYPE_CHECKING:
    from libs.runtime.platform import Platform

S = TypeVar("S")


class Job(msgspec.Struct, Generic[S], frozen=True):
    """Work that becomes due with time. name: `deals__expire_protection`. run: does a bounded piece of it, by the
    clock of its environment, and says how many rows it moved; it is run again at once while it moves any. Any number
    of replicas may run it at the same moment."""

    name: str
    every: timedelta
    run: Callable[[Env[S]], Awaitable[int]]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One of the services of a cell. name: as in `prm run <name>`; descriptors: the gRPC services of its package;
    servicer: has a method for every RPC of them."""

    name: str
    descriptors: Sequence[ServiceDescriptor]
    servicer: object
    env: Env[Any]
    consumers: Sequence[Consumer[Any]] = ()
    jobs: Sequence[Job[Any]] = ()

    @property
    def health_names(self) -> frozenset[str]:
        """What health knows it by: its gRPC services, and the package that they have in common."""
        return frozenset(name for one in self.descriptors for name in (one.full_name, one.file.package))

    async def knows(self, mark: Mark) -> bool:
        """Whether every consumer that a caller waits for has had its effect of an event, or of a newer one."""
        for one in self.consumers:
            if one.knows is not None and one.takes(mark.subject) and not await one.knows(self.env, mark):
                return False
        return True


Build = Callable[["Platform"], Awaitable[Service]]
