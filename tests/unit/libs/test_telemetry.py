"""A trace goes where its flag says, costs nothing where it does not, and figures are there for whoever collects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.telemetry import SERVER, Reading, Telemetry, is_sampled

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAMPLED, UNSAMPLED = f"00-{TRACE}-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7-00"


def tracing(ratio: float = 0.0) -> tuple[Telemetry, InMemorySpanExporter]:
    spans = InMemorySpanExporter()
    return Telemetry(ratio=ratio, spans=[SimpleSpanProcessor(spans)]), spans


def test_the_callers_flag_decides() -> None:
    for telemetry in (Telemetry(), tracing(0.0)[0], tracing(1.0)[0]):
        assert (telemetry.sampled(SAMPLED), telemetry.sampled(UNSAMPLED)) == (True, False)


@pytest.mark.parametrize(("ratio", "sampled"), [(0.0, False), (1.0, True)])
def test_without_a_caller_the_ratio_decides(ratio: float, sampled: bool) -> None:
    assert tracing(ratio)[0].sampled("") is sampled
    assert Telemetry(ratio=ratio).sampled("") is False  # nobody would collect it


@given(
    st.one_of(st.text(max_size=60), st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True))
)
def test_any_header_is_read_without_an_error(header: str) -> None:
    zeros = header[3:35].strip("0") == "" or header[36:52].strip("0") == ""
    assert not (is_sampled(header) and zeros)


@pytest.mark.parametrize(
    "header", ["", "x", SAMPLED[:-1], SAMPLED + "0", f"00-{'0' * 32}-00f067aa0ba902b7-01", "é" * 55]
)
def test_what_is_no_trace_is_not_sampled(header: str) -> None:
    assert is_sampled(header) is False


def test_a_span_continues_the_trace_of_its_caller() -> None:
    telemetry, spans = tracing()
    with telemetry.start("work", SAMPLED, kind=SERVER, about={"k": "v"}) as outer:
        telemetry.start("below", outer.traceparent, kind=SERVER).end("OK", failed=False)
    below, work = spans.get_finished_spans()
    assert (outer.trace_id, below.parent and below.parent.span_id) == (TRACE, work.context and work.context.span_id)
    assert outer.traceparent == f"00-{TRACE}-{work.context.span_id if work.context else 0:016x}-01"
    assert dict(work.attributes or {}) == {"k": "v", "prm.outcome": "OK"}


def test_a_failure_is_marked_on_its_span() -> None:
    telemetry, spans = tracing()
    with pytest.raises(KeyError), telemetry.start("work", "", kind=SERVER):
        raise KeyError("Max Mustermann")
    [span] = spans.get_finished_spans()
    assert (span.status.is_ok, dict(span.attributes or {}), span.events) == (False, {"prm.outcome": "KeyError"}, ())


def test_without_a_collector_the_trace_only_travels_on() -> None:
    with Telemetry().start("work", SAMPLED, kind=SERVER) as span:
        assert span.traceparent == SAMPLED


def test_figures_are_collected() -> None:
    reader = InMemoryMetricReader()
    telemetry = Telemetry(readers=[reader])
    telemetry.durations("d", "durations")(0.004, {"m": "x"})
    telemetry.counter("c", "counter")(2, {})
    telemetry.gauge("g", "gauge", lambda: [Reading(7, {"service": "deals"})])
    data = reader.get_metrics_data()
    assert data is not None
    found = {one.name: one.data.data_points[0] for one in data.resource_metrics[0].scope_metrics[0].metrics}
    points: dict[str, Any] = found
    assert (points["d"].sum, points["c"].value, points["g"].value) == (0.004, 2, 7)
    assert (Telemetry().measures, telemetry.measures) == (False, True)
    telemetry.close()
