"""Traces and metrics: one trace from a caller through gRPC, the outbox and NATS to the last effect.

The W3C `traceparent` is parsed by hand and a span is made only if its sampled flag is set, so a call that is not traced
costs a comparison. Without an endpoint no spans are made, and the `traceparent` is only passed on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from opentelemetry import trace
from opentelemetry.metrics import CallbackOptions, Meter, NoOpMeter, Observation
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags, Tracer

from libs.ids import chance, unique

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor

SERVER, CONSUMER, PRODUCER = SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.PRODUCER

_NAME = "prm"
_LENGTH = 55
_DURATION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_EXPORT_EVERY_MILLIS = 15_000
_FLUSH_MILLIS = 2_000

Attributes = Mapping[str, str]


class Reading(msgspec.Struct, frozen=True):
    """The value of a gauge at this moment. about: its attributes (`{"service": "deals"}`), never an id of a person."""

    value: float
    about: Attributes = {}


class Telemetry:
    """The traces and metrics of one process. ratio: the share (0 to 1) of calls without a caller's trace that are
    traced. Only tests pass `spans` and `readers`; other code uses `exporting`, or `Telemetry()`, which measures
    nothing."""

    def __init__(
        self,
        *,
        process: str = _NAME,
        ratio: float = 0.0,
        spans: "Sequence[SpanProcessor]" = (),
        readers: "Sequence[MetricReader]" = (),
    ) -> None:
        self._ratio = ratio if spans else 0.0
        # one per process, or the figures of two replicas would be taken for those of one
        self._about = {"service.name": process, "service.instance.id": unique()}
        self._closers: list[Callable[[], object]] = []
        self._tracer: Tracer | None = self._start_tracer(spans) if spans else None
        self._meter: Meter = self._start_meter(readers) if readers else NoOpMeter(_NAME)

    @classmethod
    def exporting(cls, endpoint: str, *, process: str, ratio: float) -> "Telemetry":
        """Telemetry that is sent to an OTLP gRPC endpoint (`http://host:4317`; `https://` for TLS) in the background;
        what cannot be delivered is dropped."""
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(endpoint=endpoint), export_interval_millis=_EXPORT_EVERY_MILLIS
        )
        batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))
        return cls(process=process, ratio=ratio, spans=[batches], readers=[reader])

    @property
    def measures(self) -> bool:
        """Whether metrics are collected."""
        return not isinstance(self._meter, NoOpMeter)

    def sampled(self, traceparent: str) -> bool:
        """Whether this work is traced: as the flag in `traceparent` says; by chance, at the ratio, if that is empty."""
        if traceparent:
            return is_sampled(traceparent)
        return self._ratio > 0.0 and chance(self._ratio)

    def start(self, name: str, traceparent: str, *, kind: SpanKind, about: Attributes | None = None) -> "Span":
        """A span below `traceparent` (a new trace if that is empty); call it only for work that is `sampled`. The
        caller ends the span, by `with` or by `end`."""
        if self._tracer is None:
            return Span(None, traceparent)
        parent = trace.set_span_in_context(trace.NonRecordingSpan(_parse(traceparent))) if traceparent else None
        span = self._tracer.start_span(name, context=parent, kind=kind, attributes=about)
        return Span(span, _format(span.get_span_context()))

    def durations(self, name: str, description: str) -> Callable[[float, Attributes], None]:
        """A function that records a duration in seconds in a histogram. An attribute must have few different values."""
        histogram = self._meter.create_histogram(
            name, "s", description, explicit_bucket_boundaries_advisory=_DURATION_SECONDS
        )
        return histogram.record

    def counter(self, name: str, description: str) -> Callable[[float, Attributes], None]:
        """A function that adds to a counter, which only grows."""
        return self._meter.create_counter(name, description=description).add

    def gauge(self, name: str, description: str, read: Callable[[], Iterable[Reading]]) -> None:
        """A gauge with the values that `read` returns. `read` is called at each collection, in another thread; it must
        be quick."""

        def observe(_: CallbackOptions) -> list[Observation]:
            return [Observation(one.value, one.about) for one in read()]

        self._meter.create_observable_gauge(name, [observe], description=description)

    def close(self) -> None:
        """Send the remaining traces and metrics, each for two seconds at most."""
        while self._closers:
            self._closers.pop()()

    def _start_tracer(self, spans: "Sequence[SpanProcessor]") -> Tracer:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        provider = TracerProvider(ALWAYS_ON, Resource(self._about), shutdown_on_exit=False)
        for processor in spans:
            provider.add_span_processor(processor)
        self._closers += [provider.shutdown, lambda: provider.force_flush(_FLUSH_MILLIS)]
        return provider.get_tracer(_NAME)

    def _start_meter(self, readers: "Sequence[MetricReader]") -> Meter:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.resources import Resource

        provider = MeterProvider(readers, Resource(self._about), shutdown_on_exit=False)
        self._closers.append(lambda: provider.shutdown(_FLUSH_MILLIS))
        return provider.get_meter(_NAME)


class Span:
    """A span of a trace. traceparent: for the calls and events of this work."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span | None, traceparent: str) -> None:
        self._span = span
        self.traceparent = traceparent

    @property
    def trace_id(self) -> str:
        """The id of the trace, 32 hexadecimal digits, as log lines have it."""
        return self.traceparent[3:35]

    def end(self, outcome: str, *, failed: bool) -> None:
        """End the span. outcome: a status code, or `acked`. failed: whether it is an error of ours, not a refusal."""
        if self._span is not None:
            self._span.set_attribute("prm.outcome", outcome)
            if failed:
                self._span.set_status(StatusCode.ERROR)
            self._span.end()

    def __enter__(self) -> "Span":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(kind.__name__ if kind else "OK", failed=kind is not None)


def is_sampled(traceparent: str) -> bool:
    """The sampled flag of a W3C traceparent; False for anything else."""
    return len(traceparent) == _LENGTH and traceparent[-1] in "13579bdf" and _parse(traceparent).is_valid


def _parse(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = _parts(traceparent)
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))


def _parts(traceparent: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part, 16) for part in traceparent.split("-"))
    except ValueError:
        return (0, 0, 0, 0)
    return found if len(found) == 4 else (0, 0, 0, 0)


def _format(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
