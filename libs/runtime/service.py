"""What a service is made of: its `service.py` builds one of these and nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from google.protobuf.descriptor import ServiceDescriptor

from libs.messaging.intake import Consumer
from libs.messaging.outbox import Env

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
    """One of the services of a cell. name: as in `prm run <name>`; servicer: has a method for every RPC of the
    descriptor."""

    name: str
    descriptor: ServiceDescriptor
    servicer: object
    env: Env[Any]
    consumers: Sequence[Consumer[Any]] = ()
    jobs: Sequence[Job[Any]] = ()

    @property
    def rpc_name(self) -> str:
        """The full name of the gRPC service, which health knows it by."""
        return self.descriptor.full_name


Build = Callable[["Platform"], Awaitable[Service]]
