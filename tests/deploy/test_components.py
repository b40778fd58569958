"""What each component adds, in the cell that has them all."""

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.deploy.manifests import CELLS, DEPLOY, EVERYTHING, Cell, Manifest, dig, include, render_cell, rendered
from tests.deploy.policies import from_the_vault
from tests.deploy.test_cells import SECRETS

ZONE = "topology.kubernetes.io/zone"
HOURS_OF_A_YEAR = 8_760
YEARS = 10


class Spread(msgspec.Struct, frozen=True, rename="camel"):
    """A constraint of topology spread; pods are counted apart by the labels in match_label_keys."""

    topology_key: str
    max_skew: int
    when_unsatisfiable: str
    label_selector: dict[str, dict[str, str]]
    match_label_keys: tuple[str, ...] = ()
    min_domains: int = 1


def everything() -> Cell:
    return rendered(EVERYTHING)


def name_of(manifest: Manifest) -> str:
    return dig(manifest, "metadata", "name", as_=str)


@pytest.mark.parametrize(
    "names",
    [
        ("external-secrets",),
        ("external-secrets", "edge", "external-secrets/edge"),
        ("external-secrets", "backup", "external-secrets/backup"),
    ],
    ids=lambda names: names[-1],
)
def test_the_vault_brings_what_the_components_of_a_cell_need(tmp_path: Path, names: tuple[str, ...]) -> None:
    deploy = tmp_path / "deploy"
    shutil.copytree(DEPLOY, deploy)
    include(deploy, CELLS[0], "network", "quotas", "priority", *names)
    cell = render_cell(deploy, CELLS[0])
    assert {name_of(one) for one in cell.of("ExternalSecret")} >= SECRETS
    assert list(from_the_vault(cell)) == []


def test_each_zone_has_one_member_and_no_service_waits_for_a_zone() -> None:
    for one in everything().of("Deployment", "StatefulSet"):
        if name_of(one) in ("administrator", "collector"):
            continue
        found = dig(one, "spec", "template", "spec", "topologySpreadConstraints", as_=list[Spread])
        [zones] = [each for each in found if each.topology_key == ZONE]
        assert (zones.label_selector, zones.match_label_keys) == ({}, ("app.kubernetes.io/name",))
        if one["kind"] == "StatefulSet":
            assert (zones.when_unsatisfiable, zones.min_domains, zones.max_skew) == ("DoNotSchedule", 3, 1)
        else:
            assert zones.when_unsatisfiable == "ScheduleAnyway"


def test_the_store_is_evicted_after_the_services() -> None:
    classes = {name_of(one): dig(one, "value", as_=int) for one in everything().of("PriorityClass")}
    held = {
        (str(one["kind"]), dig(one, "spec", "template", "spec", "priorityClassName", as_=str))
        for one in everything().of("Deployment", "StatefulSet", "Job")
        if name_of(one) != "collector"  # it may go first
    }
    assert held == {("StatefulSet", "prm-store"), ("Deployment", "prm-service"), ("Job", "prm-service")}
    assert classes["prm-store"] > classes["prm-service"] > 0


def test_scaling_only_ever_adds_to_what_the_size_keeps() -> None:
    for one in everything().of("HorizontalPodAutoscaler"):
        assert dig(one, "spec", "maxReplicas", as_=int) > dig(one, "spec", "minReplicas", as_=int) >= 2
    for cell in map(rendered, CELLS):
        for one in cell.of("HorizontalPodAutoscaler"):
            assert dig(one, "spec", "maxReplicas", as_=int) == dig(one, "spec", "minReplicas", as_=int)


def test_an_authority_keeps_its_key_and_is_renewed_a_year_before_its_end() -> None:
    authorities = [one for one in everything().of("Certificate") if dig(one, "spec", as_=dict[str, object]).get("isCA")]
    assert {name_of(one) for one in authorities} == {"prm-authority", "prm-authority-next"}
    for one in authorities:
        lasts, before = (int(dig(one, "spec", key, as_=str).removesuffix("h")) for key in ("duration", "renewBefore"))
        assert (lasts, before) == (YEARS * HOURS_OF_A_YEAR, HOURS_OF_A_YEAR)
        assert dig(one, "spec", "privateKey", "rotationPolicy", as_=str) == "Never"
    # one name for two keys would leave it to each library which of the two it tries
    assert len({dig(one, "spec", "commonName", as_=str) for one in authorities}) == len(authorities)


def test_certificates_are_signed_by_the_authority_that_the_cell_has_switched_to() -> None:
    for cell, secret in ((everything(), "prm-authority-next"), (rendered("de"), "prm-authority")):
        signs = {name_of(one): dig(one, "spec", as_=dict[str, dict[str, str]]) for one in cell.of("Issuer")}
        assert signs == {"self": {"selfSigned": {}}, "authority": {"ca": {"secretName": secret}}}


def test_a_process_trusts_what_a_person_wrote_and_not_what_comes_with_a_certificate() -> None:
    for one in everything().workloads:
        pod = one.spec.template.spec
        shown = {volume.name: volume.config_map.name for volume in pod.volumes if volume.config_map}
        for box in pod.containers:
            mounted = {mount.mount_path for mount in box.volume_mounts if shown.get(mount.name) == "prm-ca"}
            told = {
                variable.value.rpartition("/")[0]
                for variable in box.env
                if variable.name in ("PRM_TLS_CA", "CA_FILE", "OTEL_EXPORTER_OTLP_CERTIFICATE")
            }
            assert told <= mounted, one.metadata.name
            assert not any("tls/ca.crt" in text for text in (*box.command, *box.args, *(v.value for v in box.env)))
    configs = [everything().config("nats")[name] for name in ("nats.conf", "tls.conf")]
    assert all("ca_file: /etc/nats-trust/ca.crt" in text for text in configs)


def test_the_halves_of_a_backup_lie_on_two_volumes_and_keys_are_kept_for_a_shorter_time() -> None:
    [job] = everything().of("CronJob")
    [box] = dig(job, "spec", "jobTemplate", "spec", "template", "spec", "containers", as_=list[dict[str, object]])
    told = dict(one.removeprefix("--").split("=") for one in dig(box, "args", as_=list[str]))
    assert int(told["keep-keys-days"]) < int(told["keep-days"])
    assert told["recipient"] != told["keys-recipient"]
    mounted = {dig(one, "mountPath", as_=str): dig(one, "name", as_=str) for one in dig(box, "volumeMounts", as_=list)}
    pod = dig(job, "spec", "jobTemplate", "spec", "template", "spec", as_=dict[str, object])
    claims = {
        dig(one, "name", as_=str): dig(one, "persistentVolumeClaim", "claimName", as_=str)
        for one in dig(pod, "volumes", as_=list)
        if "persistentVolumeClaim" in one
    }
    assert len({claims[mounted[dig(box, "command", as_=list[str])[-1]]], claims[mounted[told["keys-folder"]]]}) == 2
    assert dig(job, "spec", "concurrencyPolicy", as_=str) == "Forbid"


def test_only_the_services_may_reach_the_key_management_service() -> None:
    [policy] = [one for one in everything().of("NetworkPolicy") if name_of(one) == "kms"]
    selected = dig(policy, "spec", "podSelector", "matchLabels", as_=dict[str, str])
    taken = {
        one.metadata.name
        for one in everything().workloads
        if selected.items() <= one.spec.template.metadata["labels"].items()
    }
    assert taken == set(everything().services)
    assert dig(policy, "spec", "policyTypes", as_=list[str]) == ["Egress"]
    assert not [one for one in rendered("de").of("NetworkPolicy") if name_of(one) == "kms"]
