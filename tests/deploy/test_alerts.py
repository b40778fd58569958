"""Every alert fires when it should and not otherwise: promtool plays the rules over series as two pods send them."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import yaml

from tests.deploy.manifests import EVERYTHING, rendered

PROMTOOL_SECONDS = 60
MINUTES = 480
CALLS, BUCKET = "rpc_server_call_duration_seconds_count", "rpc_server_call_duration_seconds_bucket"
FAULT = 'rpc_response_status_code="INTERNAL", error_type="INTERNAL"'
CONSUMER = 'consumer="orders__registration_approved"'
STATED = 'consumer="partners__organisation_stated"'
PEERS = tuple(f'prm_edge_connected{{instance="%s", service="partners", peer="{peer}"}}' for peer in ("edge", "hub"))


def failing(values: str) -> dict[str, str]:
    """Calls that fail quickly by our fault."""
    return {f'{CALLS}{{instance="%s", {FAULT}}}': values, f'{BUCKET}{{instance="%s", le="0.25", {FAULT}}}': values}


# What two healthy pods send, by series: 1,000 calls a minute, one in 5,000 fails, one in 200 is slow.
WELL = {
    f'{CALLS}{{instance="%s", rpc_response_status_code="OK"}}': "0+1000x480",
    **failing("0+0.2x480"),
    f'{BUCKET}{{instance="%s", le="0.25", rpc_response_status_code="OK"}}': "0+995x480",
    'prm_outbox_age_seconds{instance="%s", service="deals"}': "5x480",
    'prm_outbox_backlog{instance="%s", service="deals"}': "0x480",
    f'prm_consumer_lag{{instance="%s", {CONSUMER}, service="orders"}}': "100x480",
    f'prm_consumer_deliveries{{instance="%s", {CONSUMER}, outcome="buried"}}': "3x480",
    **dict.fromkeys(PEERS, "1x480"),
    'prm_edge_outbox_age_seconds{instance="%s", service="partners"}': "5x480",
    'prm_edge_held{instance="%s", service="partners"}': "0x480",
    'prm_checks_age_seconds{instance="%s", service="deals", cell="cn"}': "0+60x300 0x180",
    f'prm_edge_consumer_lag{{instance="%s", {STATED}, service="partners"}}': "0+1x470 0x10",
    f'prm_edge_consumer_deliveries{{instance="%s", {STATED}, outcome="buried"}}': "3x480",
}
# For each alert, what makes it fire: series that differ; None for one that is not there.
ILL: dict[str, Mapping[str, str | None]] = {
    "ErrorBudgetBurnsFast": failing("0+20x480"),
    "ErrorBudgetBurns": failing("0+7x480"),
    "CallsAreSlow": {f'{BUCKET}{{instance="%s", le="0.25", rpc_response_status_code="OK"}}': "0+980x480"},
    "EventsAreNotPublished": {'prm_outbox_age_seconds{instance="%s", service="deals"}': "300x480"},
    "ConsumerFallsBehind": {f'prm_consumer_lag{{instance="%s", {CONSUMER}, service="orders"}}': "0+100x480"},
    "EventsCannotBeProcessed": {
        f'prm_consumer_deliveries{{instance="%s", {CONSUMER}, outcome="buried"}}': "3x470 4x10",
    },
    "EdgeIsDisconnected": {PEERS[1]: "1x450 0x30"},
    "MessagesForOtherCellsWait": {'prm_edge_outbox_age_seconds{instance="%s", service="partners"}': "900x480"},
    "TransfersAreBlocked": {'prm_edge_held{instance="%s", service="partners"}': "2x480"},
    "OtherCellsDoNotAnswer": {'prm_checks_age_seconds{instance="%s", service="deals", cell="cn"}': "0+60x480"},
    "OtherCellsAreNotHeard": {
        f'prm_edge_consumer_lag{{instance="%s", {STATED}, service="partners"}}': "3x480",
    },
    "MessagesOfOtherCellsCannotBeProcessed": {
        f'prm_edge_consumer_deliveries{{instance="%s", {STATED}, outcome="buried"}}': "3x470 4x10",
    },
    "NothingIsMeasured": dict.fromkeys(WELL),
}
ALSO = {"ErrorBudgetBurnsFast": {"ErrorBudgetBurns"}}
"""Alerts that another one brings along."""


class Rule(msgspec.Struct, frozen=True):
    alert: str = ""
    labels: dict[str, str] = {}


def alerts() -> set[str]:
    """The names of all alerts."""
    [rules] = rendered(EVERYTHING).of("PrometheusRule")
    groups = msgspec.convert(rules["spec"], dict[str, list[dict[str, object]]])["groups"]
    found = [one for group in groups for one in msgspec.convert(group["rules"], list[Rule])]
    return {one.alert for one in found if one.alert}


def promtool(folder: Path, *arguments: str) -> tuple[int, str]:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    [rules] = rendered(EVERYTHING).of("PrometheusRule")
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules["spec"]))
    command = ["promtool", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, timeout=PROMTOOL_SECONDS)
    return done.returncode, done.stdout + done.stderr


def firing(folder: Path, sent: dict[str, str]) -> set[str]:
    """The alerts that fire at the end of these series. promtool compares those of each name with the expected ones, of
    which there are none here, and names the alerts of which it finds some."""
    series = [{"series": name % pod, "values": values} for name, values in sent.items() for pod in ("a", "b")]
    expected = [{"eval_time": f"{MINUTES}m", "alertname": name, "exp_alerts": []} for name in sorted(alerts())]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": expected}
    content = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(content))
    code, said = promtool(folder, "test", "rules", "test.yaml")
    found = set(re.findall(r"alertname: ?(\w+)", said))
    assert (code != 0) == bool(found), said
    return found


def test_the_rules_pass_promtool(tmp_path: Path) -> None:
    code, said = promtool(tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml")
    assert code == 0, said


def test_every_alert_is_played() -> None:
    assert alerts() == set(ILL)


@pytest.mark.parametrize("alert", ILL)
def test_an_alert_fires_for_what_it_is_about_and_no_other_does(alert: str, tmp_path: Path) -> None:
    sent = {name: values for name, values in {**WELL, **ILL[alert]}.items() if values is not None}
    assert firing(tmp_path, sent) == {alert} | ALSO.get(alert, set())


def test_no_alert_fires_while_all_is_well(tmp_path: Path) -> None:
    assert firing(tmp_path, WELL) == set()
