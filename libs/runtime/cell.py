"""Runs services in this process; `prm run`, the demonstration and the tests use it.

Start: stores and the services on them; broker; relays; consumers; jobs; the port; ready. Stop, in the reverse order and
each step with a time limit: not ready and no new calls, calls finish, records of calls, jobs, consumers, heads of
lanes, relays, stores, broker. Work that a step does not finish in its time is not lost: commits are durable, events are
stored, deliveries are repeated. Only the refusals of the last moment may be lost, if the store is unavailable.

An error of background work is a bug: it is raised where the cell was started, after everything else has stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog

from libs.arrivals import Arrivals
from libs.clock import Clock, SystemClock
from libs.config import Settings
from libs.country import Directory
from libs.env import Env
from libs.errors import AppError
from libs.facts import watching
from libs.lifetime import alongside, together
from libs.messaging.administration import administering
from libs.messaging.consumers import Consumers, durables_of
from libs.messaging.jetstream import JetStream
from libs.messaging.lag import lag
from libs.messaging.logins import ADMINISTRATOR
from libs.messaging.recorder import Recorder
from libs.messaging.relay import Relay
from libs.rpc.client import Client, Session
from libs.rpc.identity.development import DevelopmentIssuer
from libs.rpc.identity.opening import Admission, open_admission
from libs.rpc.method import Hosted, Shared
from libs.rpc.policy import Policy, permissions_of, read_policy
from libs.rpc.positions import Positions
from libs.rpc.server import Server
from libs.runtime.border import Border, at_the_border
from libs.runtime.border_gauges import BorderGauges
from libs.runtime.broker import Broker, durables_to_make, embedded_broker
from libs.runtime.edge import embedded_edge, named_edge
from libs.runtime.gauges import Gauges, ServiceGauges
from libs.runtime.jobs import Jobs
from libs.runtime.ledger_heads import require_stated
from libs.runtime.platform import Platform, Wrap, directory_of
from libs.runtime.readiness import Readiness
from libs.runtime.service import Build, Service
from libs.runtime.workers import working
from libs.store.port import StoreError
from libs.telemetry import Telemetry

SETTLED_SECONDS = 60.0
VENDOR = "administrator"
PREPARED_SECONDS = 10.0

_SETTLE_PAUSE_SECONDS = 0.02
_CALLS_SHARE, _RECORDS_SHARE, _JOBS_SHARE = 0.4, 0.1, 0.1
_CONSUMERS_SHARE, _HEADS_SHARE, _RELAYS_SHARE = 0.15, 0.05, 0.2

log = structlog.get_logger()


class RunningCell:
    """The running services of a process. address: host:port of their gRPC server. http_address: the same
    for HTTP; empty if there is none."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        platform: Platform,
        broker: Broker,
        jetstreams: Mapping[str, JetStream],
        relays: Mapping[str, Relay],
        consumers: Mapping[str, Consumers[Any]],
        jobs: Jobs,
        recorders: Mapping[str, Recorder],
        watches: Mapping[str, Readiness],
        arrivals: Arrivals,
        border: Border,
    ) -> None:
        self.border = border
        self.services = {service.name: service for service in services}
        self.clock: Clock = platform.clock
        self.directory: Directory = platform.directory
        self.identity = platform.identity
        self.address = self.http_address = ""
        self.development: DevelopmentIssuer | None = None
        self.relays = relays
        self.consumers = consumers
        self.broker = broker
        self.jetstreams = jetstreams
        self.recorders = recorders
        self.watches = watches
        self.arrivals = arrivals
        self._jobs = jobs

    def env(self, service: str) -> Env[Any]:
        """The environment of a service's use cases."""
        return self.services[service].env

    def client(
        self, *roles: str, partner_id: str = "", subject: str = "local", session: Session | None = None
    ) -> Client:
        """A client with a token for these roles (default: administrator), which only a cell with the development issuer
        accepts; without that issuer the client has no token. The caller closes it. session: as for Client."""
        known_as = self.identity.pem.name if self.identity else ""
        if self.development is None:
            return Client(self.address, identity=self.identity, known_as=known_as, session=session)
        token = self.development.sign(
            roles or (VENDOR,), partner_id=partner_id, subject=subject, now=SystemClock().now()
        )
        return Client(self.address, token=token, identity=self.identity, known_as=known_as, session=session)

    async def run_jobs(self) -> dict[str, int]:
        """As Jobs.run_now."""
        return await self._jobs.run_now()

    async def settled(self, *, within_seconds: float = SETTLED_SECONDS) -> None:
        """Wait until every event so far, and every event that follows from it, is published and consumed, by the
        services of this process. TimeoutError if that takes longer, for example because the broker is unavailable."""
        async with asyncio.timeout(within_seconds):
            while True:
                if await self._quiet():
                    return
                await asyncio.sleep(_SETTLE_PAUSE_SECONDS)

    async def _quiet(self) -> bool:
        before = self._published()
        if any(relay.stats.backlog for relay in self.relays.values()):
            return False
        for service, consumers in self.consumers.items():
            session = await self.jetstreams[service].session()
            for durable in consumers.tallies:
                if await lag(session, durable) != 0:
                    return False
        return before == self._published() and not any(relay.stats.backlog for relay in self.relays.values())

    def _published(self) -> list[int]:
        return [relay.stats.published for relay in self.relays.values()]


@asynccontextmanager
async def running(
    builders: Mapping[str, Build],
    settings: Settings,
    *,
    clock: Clock | None = None,
    directory: Directory | None = None,
    telemetry: Telemetry | None = None,
    environ: Mapping[str, str] | None = None,
    wrap: Wrap | None = None,
    platforms: type[Platform] = Platform,
    sweep: bool = True,
) -> AsyncIterator[RunningCell]:
    """Run services while the block runs. builders: by the names of the services.

    sweep: whether jobs run at their intervals; False: only `run_jobs` runs them. environ: for the services' settings,
    instead of the environment of the process. ConfigError, StoreInUse, EmbeddedFailed, StoreRefused; StoreUnavailable
    for SQLite only.
    """
    here = directory or directory_of(settings)
    platform = platforms(settings, directory=here, clock=clock or SystemClock(), environ=environ, wrap=wrap)
    if platform.identity is not None:
        platform.identity.require(builders)
    measured = telemetry or _telemetry(settings, list(builders))
    async with AsyncExitStack() as stack:
        stack.callback(measured.close)
        stack.push_async_callback(platform.close)
        services = [await build(platform) for build in builders.values()]
        policy = read_policy(
            settings.policy_file, permissions_of([found for one in services for found in one.descriptors])
        )
        admission = open_admission(settings, here, policy)
        broker = await _find_broker(stack, services, settings, platform=platform)
        edge = await _find_edge(stack, services, settings, platform=platform)
        stack.push_async_callback(platform.close)  # closes before the broker ends; a second call does nothing
        cell = await _start_work(
            stack, services, settings, platform=platform, broker=broker, edge=edge, telemetry=measured, sweep=sweep
        )
        await stack.enter_async_context(
            _serving(cell, settings, telemetry=measured, policy=policy, admission=admission)
        )
        yield cell


async def _find_broker(
    stack: AsyncExitStack, services: Sequence[Service], settings: Settings, *, platform: Platform
) -> Broker:
    """The broker in PRM_NATS_URL, or an embedded one. Starts its administrator if this process has that user's
    password, or if the broker has no users."""
    durables = {one.name: durables_of(one.name, one.consumers) for one in services}
    if settings.nats_url:
        broker = Broker.of(settings, platform.directory, platform.identity)
    else:
        broker = await stack.enter_async_context(embedded_broker(settings, platform.directory, durables))
    if broker.administers:
        jetstream = await stack.enter_async_context(broker.connect(ADMINISTRATOR, administers=True))
        wanted = durables_to_make(settings, platform.directory, durables.values())
        administrator = await stack.enter_async_context(administering(jetstream, wanted))
        with suppress(TimeoutError):  # consumers that connect before that start over
            async with asyncio.timeout(PREPARED_SECONDS if broker.embedded else 0):
                await administrator.done.wait()
    return broker


async def _find_edge(
    stack: AsyncExitStack, services: Sequence[Service], settings: Settings, *, platform: Platform
) -> Broker | None:
    """The edge in PRM_EDGE_URL, or an embedded one if there is a hub."""
    if (named := named_edge(settings, platform.directory, platform.identity)) is not None or not settings.hub_url:
        return named
    arriving = {one.name: durables_of(one.name, one.arriving) for one in services if one.arriving}
    return await stack.enter_async_context(embedded_edge(settings, platform.directory, arriving))


async def _start_work(
    stack: AsyncExitStack,
    services: Sequence[Service],
    settings: Settings,
    *,
    platform: Platform,
    broker: Broker,
    edge: Broker | None,
    telemetry: Telemetry,
    sweep: bool,
) -> RunningCell:
    """Start all background work; each service connects to the broker as a user of its own."""
    jetstreams = {one.name: await stack.enter_async_context(broker.connect(one.name)) for one in services}
    await asyncio.gather(*[require_stated(one, jetstreams[one.name]) for one in services])
    for name, objects in platform.objects.items():
        objects.attach(jetstreams[name])
    watches = {one.name: Readiness(one.name, one.env.store) for one in services}
    relays = (
        {one.name: Relay(one.env.store, jetstreams[one.name], platform.clock) for one in services}
        if settings.relay
        else {}
    )
    arrivals = Arrivals()
    consumers = {
        one.name: _consumers_of(one, jetstreams[one.name], telemetry, watch=watches[one.name], arrivals=arrivals)
        for one in services
    }
    jobs = Jobs(services)
    recorders = {one.name: Recorder(one.env.record, one.env.clock) for one in services}
    for name, relay in relays.items():
        platform.outlets[name].attach(relay)
    await stack.enter_async_context(_relaying(list(relays.values()), settings.drain_seconds * _RELAYS_SHARE))
    stack.push_async_callback(_close_lanes, services, settings.drain_seconds * _HEADS_SHARE)
    await stack.enter_async_context(_consuming(list(consumers.values()), settings.drain_seconds * _CONSUMERS_SHARE))
    border = await stack.enter_async_context(at_the_border(services, platform=platform, edge=edge, telemetry=telemetry))
    if sweep:
        announcing = [one.heads.announce() for one in services if one.heads is not None]
        await stack.enter_async_context(alongside(together(announcing)))
        await stack.enter_async_context(_sweeping(jobs, settings.drain_seconds * _JOBS_SHARE))
        await stack.enter_async_context(alongside(working(services)))
    if telemetry.measures:
        gauges = [Gauges(telemetry, relays=relays, consumers=consumers, jetstreams=jetstreams).run()]
        gauges.append(ServiceGauges(telemetry, services).run())
        if edge is not None:
            gauges.append(BorderGauges(border, telemetry).run())
        await stack.enter_async_context(alongside(together(gauges)))
    await stack.enter_async_context(_recording(list(recorders.values()), settings.drain_seconds * _RECORDS_SHARE))
    return RunningCell(
        services,
        platform=platform,
        broker=broker,
        jetstreams=jetstreams,
        relays=relays,
        consumers=consumers,
        jobs=jobs,
        recorders=recorders,
        watches=watches,
        arrivals=arrivals,
        border=border,
    )


def _consumers_of(
    service: Service, jetstream: JetStream, telemetry: Telemetry, *, watch: Readiness, arrivals: Arrivals
) -> Consumers[Any]:
    return Consumers(
        service.name,
        env=service.env,
        jetstream=jetstream,
        table=service.consumers,
        telemetry=telemetry,
        on_store_unavailable=watch.doubt,
        arrivals=arrivals,
    )


@asynccontextmanager
async def _relaying(relays: Sequence[Relay], drain_seconds: float) -> AsyncIterator[None]:
    async with alongside(together([relay.run() for relay in relays])):
        yield
        await asyncio.gather(*[relay.drain(drain_seconds) for relay in relays])


@asynccontextmanager
async def _consuming(all_consumers: Sequence[Consumers[Any]], drain_seconds: float) -> AsyncIterator[None]:
    async with alongside(together([consumers.run() for consumers in all_consumers])):
        yield
        await asyncio.gather(*[consumers.drain(drain_seconds) for consumers in all_consumers])


async def _close_lanes(services: Sequence[Service], within_seconds: float) -> None:
    """Close the lanes of this process; a lane that cannot be closed in time is closed by the next process."""
    heads = [one.heads for one in services if one.heads is not None]
    try:
        async with asyncio.timeout(within_seconds):
            await asyncio.gather(*[one.close() for one in heads])
    except (TimeoutError, AppError, StoreError) as err:
        log.warning("lanes_not_closed", cause=err)


@asynccontextmanager
async def _sweeping(jobs: Jobs, drain_seconds: float) -> AsyncIterator[None]:
    async with alongside(jobs.run()):
        yield
        await jobs.idle(drain_seconds)


@asynccontextmanager
async def _recording(recorders: Sequence[Recorder], drain_seconds: float) -> AsyncIterator[None]:
    async with alongside(together(recorder.run() for recorder in recorders)):
        yield
    await asyncio.gather(*[recorder.drain(drain_seconds) for recorder in recorders])


@asynccontextmanager
async def _serving(
    cell: RunningCell, settings: Settings, *, telemetry: Telemetry, policy: Policy, admission: Admission
) -> AsyncIterator[None]:
    services = list(cell.services.values())
    cell.development = admission.development
    shared = Shared.of(cell.directory, admission.tokens, telemetry, policy=policy)

    async def tell(service: Service, ready: bool) -> None:
        for name in service.health_names:
            await server.set_ready(name, ready=ready)

    server = Server(
        [
            Hosted(
                found,
                one.servicer,
                cell.watches[one.name].suspect,
                cell.recorders[one.name],
                Positions(one.env.keys, cell.arrivals, one.knows, cell.directory, lift_seconds=settings.lift_seconds),
                one.env.restrictions,
            )
            for one in services
            for found in one.descriptors
        ],
        shared,
    )
    try:
        beside = settings.health_listen
        cell.address = await server.start(settings.listen, identity=cell.identity, health_listen=beside)
        if settings.http_listen:
            cell.http_address = await server.start_http(settings.http_listen, identity=cell.identity)
        watches = (cell.watches[one.name].run(partial(tell, one)) for one in services)
        async with alongside(together([*admission.work(), *watches, *watching(cell.directory.others)])):
            await asyncio.gather(*[tell(one, True) for one in services])
            log.info("serving", address=cell.address, cell=cell.directory.here.code, services=sorted(cell.services))
            yield
    finally:
        await server.drain(settings.drain_seconds * _CALLS_SHARE)
        shared.calls.flush()


def _telemetry(settings: Settings, services: Sequence[str]) -> Telemetry:
    if not settings.otlp_endpoint:
        return Telemetry()
    process = f"prm-{services[0]}" if len(services) == 1 else "prm"
    return Telemetry.exporting(settings.otlp_endpoint, process=process, ratio=settings.trace_ratio)
