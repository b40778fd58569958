"""`Slice`: what a capability declares. `Composition`: a service, composed of its slices.

A slice is a package `services.<service>.<capability>` with a `SLICE`, which declares only what its files and protos do
not show: `api.py` has a class `Api` with a method for each RPC of the slice, `events.py` a struct for each message of
`<capability>_events.proto`.
"""

import importlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor

from libs.call import CallsRecorded
from libs.cross_checks.events import EVENTS as CROSS_CHECKS
from libs.decisions import decision
from libs.decisions.api import DecisionMethods
from libs.decisions.documents import DECISIONS
from libs.decisions.expiry import expiry
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.env import Env
from libs.erasing import ERASED, SubjectDataErased, erasing
from libs.handover_row import HandoverStated
from libs.lane_head import LaneStated
from libs.measures import MEASURED, SubjectMeasureStated, measuring
from libs.messaging.events import EventCodec, edge_types
from libs.messaging.intake import Consumer
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.aliases import ALIASES
from libs.privacy.renewal import ALIAS_WALKS, renew_aliases
from libs.privacy.sealing.migration import seal_documents
from libs.privacy.sealing.store import SealedStore
from libs.privacy.unsought import unsought as unsought_in
from libs.privacy.vault.sweep import sweep_keys
from libs.purging import FREEZE_CONSUMER, PurgeRunEnded, purging, rehearsing
from libs.purging import KINDS as PURGE_KINDS
from libs.runtime.lane_heads import LaneHeads
from libs.runtime.platform import Platform
from libs.runtime.service import Figures, Job, Service, Worker
from libs.store.port import Kind
from libs.subject_data import ANSWERS, SubjectDataLocated, answering
from libs.transfers.exits import release
from libs.transfers.projection import CONSUMER as TRANSFER_CONSUMER
from libs.transfers.projection import TRANSFERS

RENEWAL_EVERY = timedelta(minutes=1)
RELEASE_EVERY = timedelta(seconds=10)
SWEEP_EVERY = timedelta(minutes=10)
SEALING_EVERY = timedelta(minutes=1)

_SHARED_EVENTS = {
    one.__name__: one
    for one in (
        *(CallsRecorded, LaneStated),
        *(SubjectDataLocated, SubjectDataErased, SubjectMeasureStated),
        *(PurgeRunEnded, HandoverStated),
        *decision.EVENTS,
        *CROSS_CHECKS,
    )
}


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One capability. kinds: of the documents it stores. jobs: work that becomes due. workers: work that goes on as
    long as the process. consumers: which event leads to which use case. arriving: the same for what other cells state.
    guarded: acts that need a second person. figures: metrics of its own. partners: the kind with the hierarchy of
    partners; at most one slice of a service sets it."""

    kinds: tuple[Kind[Any], ...] = ()
    jobs: tuple[Job[Any], ...] = ()
    workers: tuple[Worker[Any], ...] = ()
    consumers: tuple[Consumer[Any], ...] = ()
    arriving: tuple[Consumer[Any], ...] = ()
    guarded: tuple[Guarded[Any, Any], ...] = ()
    figures: tuple[Figures[Any], ...] = ()
    partners: Kind[Any] | None = None


class Composition:
    """A service as the sum of its slices, low to high. TypeError if two slices declare a kind, or if an event message
    has no struct."""

    def __init__(self, service: str, slices: Sequence[ModuleType]) -> None:
        self.name = service
        self.slices = slices
        declared = [found.SLICE for found in slices]
        guarded = [act for one in declared for act in one.guarded]
        self._four_eyes = FourEyes(*guarded) if guarded else None
        jobs = [job for one in declared for job in one.jobs]
        kinds = [kind for one in declared for kind in one.kinds]
        consumers = [consumer for one in declared for consumer in one.consumers]
        if self._four_eyes is not None:
            kinds.append(DECISIONS)
            jobs.append(expiry(service, self._four_eyes))
        if personal := [kind for kind in kinds if kind.persons is not None]:
            unsought = tuple(one for kind in kinds for one in unsought_in(service, kind))
            consumers.append(erasing(*personal))
            consumers.append(answering(*personal, unsought=unsought))
            consumers.append(measuring(*personal))
            consumers += [rehearsing(), FREEZE_CONSUMER]
            jobs.append(_renewal(service, personal))
            jobs.append(purging(service, personal))
            jobs.append(Job(f"{service}__sweep_keys", SWEEP_EVERY, _sweep_keys))
            jobs.append(Job(f"{service}__seal_documents", SEALING_EVERY, _seal_documents))
            kinds += [ALIASES, ALIAS_WALKS, ANSWERS, ERASED, MEASURED, *PURGE_KINDS]
        kinds.append(TRANSFERS)
        consumers.append(TRANSFER_CONSUMER)
        if edge_types(service):
            jobs.append(Job(f"{service}__release_held", RELEASE_EVERY, release))
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise TypeError(f"{service}: {kind.name} is declared by more than one slice")
        self.kinds = tuple(kinds)
        self.jobs = tuple(jobs)
        self.workers = tuple(worker for one in declared for worker in one.workers)
        self.consumers = tuple(consumers)
        self.arriving = tuple(consumer for one in declared for consumer in one.arriving)
        self.figures = tuple(found for one in declared for found in one.figures)
        self.partners = next((one.partners for one in declared if one.partners is not None), None)
        self.encode = EventCodec(service, self._events()).encode
        self.descriptors = tuple(grpc_services(service))

    def servicer(self, env: Env[Any]) -> SimpleNamespace:
        """An object with one method for each RPC of the package. TypeError for an RPC with no method or several, and
        for a method without an RPC."""
        found: dict[str, Any] = {}
        for api in self._apis(env):
            for name in (one for one in dir(api) if not one.startswith("_")):
                if name in found:
                    raise TypeError(f"{self.name}: {name} is answered by more than one slice")
                found[name] = getattr(api, name)
        known = {method.name for one in self.descriptors for method in one.methods}
        if wrong := sorted(known ^ set(found)):
            raise TypeError(f"{self.name}: in the protos or in the slices only: {', '.join(wrong)}")
        return SimpleNamespace(**found)

    async def build(self, platform: Platform, settings: Any) -> Service:
        """The service, with its store open. settings: those in the `Env` of its use cases."""
        env = await platform.env(
            self.name, kinds=self.kinds, encode=self.encode, settings=settings, partners=self.partners
        )
        return Service(
            name=self.name,
            descriptors=self.descriptors,
            servicer=self.servicer(env),
            env=env,
            consumers=self.consumers,
            arriving=self.arriving,
            jobs=self.jobs,
            workers=self.workers,
            figures=self.figures,
            heads=LaneHeads(env),
        )

    def _apis(self, env: Env[Any]) -> Iterator[object]:
        for one in self.slices:
            if (module := _part(one, "api")) is not None:
                yield module.Api(env)
        if self._four_eyes is not None:
            yield DecisionMethods(env, self._four_eyes, _proto(self.name, "decision_requests_pb2"))

    def _events(self) -> Iterator[type[msgspec.Struct]]:
        """The struct of each event message of the package; messages that are fields of another have none."""
        own = {_tail(one): _part(one, "events") for one in self.slices}
        for module in _protos(self.name, "_events_pb2"):
            file: FileDescriptor = module.DESCRIPTOR
            structs = own.get(_tail(module).removesuffix("_events_pb2"))
            messages = file.message_types_by_name
            parts = {field.message_type for one in messages.values() for field in one.fields}
            for name, message in messages.items():
                if message in parts:
                    continue
                struct = getattr(structs, name, None) or _SHARED_EVENTS.get(name)
                if struct is not None:
                    yield struct
                elif message.GetOptions().Extensions[options_pb2.event].subject:
                    raise TypeError(f"{file.name}: {name} has no struct in the slice's events.py")


def named(service: str, names: Iterable[str]) -> tuple[ModuleType, ...]:
    """The slices of a service with these folder names, in this order."""
    return tuple(importlib.import_module(f"services.{service}.{name}") for name in names)


def _renewal(service: str, kinds: Sequence[Kind[Any]]) -> Job[Any]:
    async def renew(env: Env[Any]) -> int:
        return await renew_aliases(env.store, env.keys, kinds, env.clock.now())

    return Job(f"{service}__renew_aliases", RENEWAL_EVERY, renew)


async def _sweep_keys(env: Env[Any]) -> int:
    if not isinstance(env.store, SealedStore):
        return 0
    await env.store.vault.rewrap()
    return await sweep_keys(env.store.vault, env.store, env.clock.now())


async def _seal_documents(env: Env[Any]) -> int:
    if not isinstance(env.store, SealedStore):
        return 0
    return await seal_documents(env.store, env.clock.now(), ordered=env.keys.sealing_ordered())


def packages() -> tuple[str, ...]:
    """The names of all services: the packages `prm.<service>` that have a gRPC service."""
    found = importlib.import_module("libs.pb.prm")
    return tuple(sorted(one.name for one in iter_modules(found.__path__) if any(grpc_services(one.name))))


def grpc_services(service: str) -> Iterator[ServiceDescriptor]:
    """Every gRPC service of a package `prm.<service>.v1`."""
    for module in _protos(service, "_service_pb2"):
        yield from module.DESCRIPTOR.services_by_name.values()


def _protos(service: str, ending: str) -> Iterator[ModuleType]:
    package = importlib.import_module(f"libs.pb.prm.{service}.v1")
    for found in sorted(iter_modules(package.__path__), key=lambda one: one.name):
        if found.name.endswith(ending):
            yield _proto(service, found.name)


def _proto(service: str, name: str) -> ModuleType:
    return importlib.import_module(f"libs.pb.prm.{service}.v1.{name}")


def _tail(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _part(capability: ModuleType, name: str) -> ModuleType | None:
    """A module of a slice (`api`, `events`), or None. If the slice is a single module, its attribute of that name."""
    if not hasattr(capability, "__path__"):
        return getattr(capability, name, None)
    full = f"{capability.__name__}.{name}"
    return importlib.import_module(full) if find_spec(full) else None
