"""Everything that an alert or a panel names is sent by a running cell, over TLS, to a collector of its authority."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
import yaml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from libs.authority import AUTHORITY_FILE, Authority
from libs.clock import SystemClock
from libs.config import Settings
from libs.messaging.border.names import leaf_user
from libs.rpc.client import CallFailed
from libs.runtime.cell import running
from libs.runtime.hub import make_hub_passwords
from libs.telemetry import Telemetry
from services.__main__ import builders
from tests.deploy.manifests import DEPLOY, EVERYTHING, dig, rendered
from tests.deploy.names import hosts_in
from tests.system.processes import free_ports
from tests.unit.libs.runtime.notes import Hooks, at_work, take
from tests.waiting import until

EXPORT = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
HERE, PARTNERS, DEALS = "de", "partners", "deals"
# What PromQL itself means by a word.
LANGUAGE = {
    *(
        "min_over_time",
        "sum",
        "max",
        "min",
        "count",
        "topk",
        "rate",
        "increase",
        "deriv",
        "absent",
        "histogram_quantile",
    ),
    *("by", "and", "or", "unless"),
}


class Received:
    """What a collector was sent, by the names that Prometheus gives it: for each metric the values of each label."""

    def __init__(self) -> None:
        self.labels: dict[str, dict[str, set[str]]] = {}
        self.instances: set[str] = set()

    def take(self, request: ExportMetricsServiceRequest) -> None:
        """Record everything in a request."""
        for resource in request.resource_metrics:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.instances.add(about["service.instance.id"])
            for metric in (one for scope in resource.scope_metrics for one in scope.metrics):
                self._record(metric)

    def _record(self, metric: Any) -> None:
        """By the rules of the exporter to Prometheus: dots become underscores, a unit and the kind become suffixes."""
        name = re.sub(r"\W", "_", metric.name) + {"s": "_seconds", "": ""}[metric.unit]
        if metric.HasField("histogram"):
            for point in metric.histogram.data_points:
                bounds = {f"{bound:g}" for bound in point.explicit_bounds} | {"+Inf"}
                for suffix, more in (("_bucket", {"le": bounds}), ("_count", {}), ("_sum", {})):
                    self._add(f"{name}{suffix}", point.attributes, more)
        elif metric.HasField("sum"):
            for point in metric.sum.data_points:
                self._add(f"{name}_total", point.attributes, {})
        else:
            for point in metric.gauge.data_points:
                self._add(name, point.attributes, {})

    def _add(self, name: str, attributes: Any, more: dict[str, set[str]]) -> None:
        held = self.labels.setdefault(name, {})
        for one in attributes:
            held.setdefault(re.sub(r"\W", "_", one.key), set()).add(one.value.string_value)
        for label, values in more.items():
            held.setdefault(label, set()).update(values)


@contextmanager
def collector(folder: Path, received: Received) -> Iterator[str]:
    """A collector that shows a certificate of the cell's authority; its endpoint. The authority is in the folder."""
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    issued = authority.issue(["collector", "localhost"], now)
    authority.keep(issued, folder)

    def export(request: ExportMetricsServiceRequest, _: grpc.ServicerContext) -> ExportMetricsServiceResponse:
        received.take(request)
        return ExportMetricsServiceResponse()

    handler = grpc.unary_unary_rpc_method_handler(
        export, ExportMetricsServiceRequest.FromString, ExportMetricsServiceResponse.SerializeToString
    )
    service, method = EXPORT[1:].split("/")
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(issued.key, issued.certificate)]))
    server.start()
    try:
        yield f"https://localhost:{port}"
    finally:
        server.stop(None).wait()


@pytest.fixture
async def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Received:
    """What a cell sends that has answered, refused and failed, and whose consumer has put an event aside; and what a
    cell with an edge sends."""
    received, hooks = Received(), Hooks()
    [told] = {
        box.variables["OTEL_EXPORTER_OTLP_CERTIFICATE"].value.rpartition("/")[2]
        for one in rendered(EVERYTHING).services.values()
        for box in one.spec.template.spec.containers
    }
    assert told == AUTHORITY_FILE
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(tmp_path / "collector" / told))

    async def fail() -> None:
        raise ValueError("a bug")

    hooks.in_consumer = fail
    with collector(tmp_path / "collector", received) as endpoint:
        telemetry = Telemetry.exporting(endpoint, process="prm", ratio=0.0)
        async with at_work(tmp_path, hooks, telemetry=telemetry) as (cell, client):
            await take(client, 1)
            tallies = cell.consumers["copies"].tallies
            await until(lambda: sum(one.buried for one in tallies.values()) == 1, within_seconds=30)
            hooks.in_call = fail
            with pytest.raises(CallFailed):
                await take(client, 2)
            # the periodic export; what happened last is sent when the cell closes
            await until(lambda: "prm_consumer_lag" in received.labels, within_seconds=60)
        telemetry = Telemetry.exporting(endpoint, process="prm", ratio=0.0)
        async with running(builders(PARTNERS, DEALS), with_an_edge(tmp_path), telemetry=telemetry):
            await until(lambda: "prm_edge_consumer_lag" in received.labels, within_seconds=60)
    return received


def with_an_edge(folder: Path) -> Settings:
    """The settings of an embedded cell whose hub is away, with a neighbour and a key that they share."""
    keys = folder / "border-keys"
    keys.write_text(f"spring {'5a' * 32}\n")
    passwords = make_hub_passwords(folder / "hub", [HERE])
    [port] = free_ports(1)
    return Settings(
        data_dir=folder / "bordering",
        listen="127.0.0.1:0",
        cell_file=DEPLOY / "cells" / HERE / "facts" / f"{HERE}.toml",
        cells_dir=DEPLOY / "cells" / "cn" / "facts",
        border_keys_file=keys,
        hub_url=f"nats-leaf://127.0.0.1:{port}",
        hub_password_file=passwords / leaf_user(HERE) / "password",
    )


def alerts() -> list[dict[str, str]]:
    """The rules of all groups."""
    [rules] = rendered(EVERYTHING).of("PrometheusRule")
    spec = msgspec.convert(rules["spec"], dict[str, list[dict[str, object]]])
    return [one for group in spec["groups"] for one in msgspec.convert(group["rules"], list[dict[str, Any]])]


def panels() -> list[str]:
    """The expressions of all panels of the dashboards."""
    found = [
        json.loads(text)
        for one in rendered(EVERYTHING).of("ConfigMap")
        for name, text in msgspec.convert(one["data"], dict[str, str]).items()
        if name.endswith(".json")
    ]
    return [target["expr"] for one in found for panel in one["panels"] for target in panel["targets"]]


class Named:
    """What an expression names. matched: metric, label, operator and value; grouped: labels."""

    def __init__(self, expression: str) -> None:
        self.matched = [
            (metric, *one)
            for metric, inside in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", expression)
            for one in re.findall(r'(\w+)\s*(=~|!=|=)\s*"([^"]*)"', inside)
        ]
        rest = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", expression)
        self.grouped = {
            label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", rest) for label in labels.split(",")
        }
        rest = re.sub(r"\bby \([^)]*\)", "", rest)
        self.metrics = set(re.findall(r"[a-zA-Z_:][\w:]*", rest)) - LANGUAGE


async def test_every_metric_label_and_value_that_is_named_is_sent(sent: Received) -> None:
    check_conventions(sent)
    recorded = {one["record"] for one in alerts() if "record" in one}
    expressions = [one["expr"] for one in alerts()] + panels()
    assert len(expressions) > 10
    for expression in expressions:
        named = Named(expression)
        assert named.metrics, expression
        assert named.metrics <= recorded | set(sent.labels), expression
        for metric, label, operator, value in named.matched:
            held = sent.labels[metric].get(label, set())
            assert held, f"{metric} has no {label}"
            assert operator == "!=" or value in held, f"{metric} has no {label}={value}"
        known = {label for metric in named.metrics & set(sent.labels) for label in sent.labels[metric]}
        assert named.grouped <= known, expression


def check_conventions(sent: Received) -> None:
    """Names are those of OpenTelemetry's semantic conventions."""
    held = sent.labels["rpc_server_call_duration_seconds_count"]
    assert held["rpc_system_name"] == {"grpc"}
    assert held["rpc_method"] == {"prm.probe.v1.MirrorService/Save"}
    assert held["rpc_response_status_code"] == {"OK", "INTERNAL"}
    assert held["error_type"] == {"INTERNAL"}
    assert sent.labels["prm_consumer_lag"]["service"] == {"copies", PARTNERS, DEALS}
    assert sent.labels["prm_checks_age_seconds"] == {"service": {DEALS}, "cell": {"cn"}}
    assert len(sent.instances) == 2  # each process is one; two pods of a service would be one series otherwise


def test_an_expression_is_taken_apart() -> None:
    named = Named('max by (a, b) (x_y{c="d", e!=""}) > 1 and deriv(z[5m]) > 0')
    assert (named.metrics, named.grouped) == ({"x_y", "z"}, {"a", "b"})
    assert named.matched == [("x_y", "c", "=", "d"), ("x_y", "e", "!=", "")]


def test_scaling_asks_for_a_metric_of_the_service_itself() -> None:
    for one in rendered(EVERYTHING).of("HorizontalPodAutoscaler"):
        service = dig(one, "metadata", "name", as_=str)
        assert dig(one, "spec", "metrics", 1, "external", "metric", as_=dict[str, object]) == {
            "name": "prm_consumer_lag",
            "selector": {"matchLabels": {"service": service}},
        }


def test_services_send_to_the_collector_and_nothing_else_leaves(tmp_path: Path) -> None:
    for one in rendered(EVERYTHING).services.values():
        endpoint = one.spec.template.spec.containers[0].variables["PRM_OTLP_ENDPOINT"].value
        assert (endpoint, hosts_in(endpoint)) == ("https://collector:4317", ["collector"])
    config = yaml.safe_load(rendered(EVERYTHING).config("collector")["config.yaml"])
    assert set(config["exporters"]) == {"prometheus", "debug"}
    for listener in (config["receivers"]["otlp"]["protocols"]["grpc"], config["exporters"]["prometheus"]):
        assert listener["tls"]["cert_file"] == "/etc/otelcol-tls/tls.crt"
