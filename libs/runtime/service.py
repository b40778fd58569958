"""`Service`: the parts of a service, as its `service.py` builds them; `Job`: work that becomes due with time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from google.protobuf.descriptor import ServiceDescriptor

from libs.call import Mark
from libs.env import Env
from libs.messaging.intake import Consumer
from libs.runtime.lane_heads import LaneHeads
from libs.telemetry import Reading

if TYPE_CHECKING:
    from libs.runtime.platform import Platform

S = TypeVar("S")


class Job(msgspec.Struct, Generic[S], frozen=True):
    """Work that becomes due with time. name: `deals__expire_protection`. every: the interval. run: does a bounded part
    of the work, by the clock of its environment, and returns how many rows it changed; while it changes any, it is run
    again at once. Several replicas may run it at the same time."""

    name: str
    every: timedelta
    run: Callable[[Env[S]], Awaitable[int]]


class Worker(msgspec.Struct, Generic[S], frozen=True):
    """Work that goes on as long as the process. name: `hooks__send_deliveries`. run: works until it is cancelled, and
    bounds what it does at a time; it is started again if it fails. Several replicas do it at the same time."""

    name: str
    run: Callable[[Env[S]], Awaitable[None]]


class Figures(msgspec.Struct, Generic[S], frozen=True):
    """Metrics of a service's own. about: a description of each metric, by its name (`prm.checks.pending`). read: their
    values now, by name, each with its attributes but `service`; bounded, because it is called every ten seconds. May
    raise StoreUnavailable."""

    about: Mapping[str, str]
    read: Callable[[Env[S]], Awaitable[Mapping[str, Sequence[Reading]]]]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One of the services of a cell. name: as in `prm run <name>`. descriptors: the gRPC services of its package.
    servicer: an object with a method for each of their RPCs. arriving: what it does with messages of other
    cells. heads: states the heads of its lanes; None if it does not
    state any."""

    name: str
    descriptors: Sequence[ServiceDescriptor]
    servicer: object
    env: Env[Any]
    consumers: Sequence[Consumer[Any]] = ()
    arriving: Sequence[Consumer[Any]] = ()
    jobs: Sequence[Job[Any]] = ()
    workers: Sequence[Worker[Any]] = ()
    figures: Sequence[Figures[Any]] = ()
    heads: LaneHeads | None = None

    @property
    def health_names(self) -> frozenset[str]:
        """Its names in the gRPC health service: those of its gRPC services, and that of their package."""
        return frozenset(name for one in self.descriptors for name in (one.full_name, one.file.package))

    async def knows(self, mark: Mark) -> bool:
        """Whether every consumer with `knows` has had the effect of an event, or of a newer one about its document."""
        for one in self.consumers:
            if one.knows is not None and one.takes(mark.subject) and not await one.knows(self.env, mark):
                return False
        return True


Build = Callable[["Platform"], Awaitable[Service]]
