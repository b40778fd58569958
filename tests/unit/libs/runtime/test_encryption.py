"""A process that would say anything in clear to another machine does not start, and says what to set."""

from pathlib import Path

import pytest

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.config import ConfigError, Settings
from libs.runtime.encryption import identity_of

AWAY = Settings(
    listen="0.0.0.0:7400", nats_url="nats://nats:4222", store_url="mongodb://mongo/", otlp_endpoint="http://otel:4317"
)


def test_a_process_that_keeps_to_its_machine_needs_no_identity() -> None:
    assert identity_of(Settings()) is None
    near = Settings(
        nats_url="nats://127.0.0.1:1", store_url="mongodb://127.0.0.1:1/", otlp_endpoint="http://localhost:4317"
    )
    assert identity_of(near) is None


def test_every_address_that_would_be_spoken_to_in_clear_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        identity_of(AWAY)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "PRM_LISTEN",
        "PRM_NATS_URL",
        "PRM_STORE_URL",
        "PRM_OTLP_ENDPOINT",
    ]
    assert all("in clear" in line for line in lines)


def test_files_that_are_wrong_are_named_with_the_rest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        identity_of(Settings(store_url="mongodb://mongo/", tls_cert=tmp_path / "x", tls_key=tmp_path / "y"))
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["PRM_STORE_URL", "PRM_TLS_CA"]


def test_with_an_identity_every_address_may_be_elsewhere(tmp_path: Path) -> None:
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    authority.keep(authority.issue(["deals"], now), tmp_path)
    found = identity_of(
        Settings(
            listen="0.0.0.0:7400",
            nats_url="tls://nats:4222",
            store_url="mongodb://mongo/?tls=true",
            otlp_endpoint="https://otel:4317",
            tls_cert=tmp_path / CERTIFICATE_FILE,
            tls_key=tmp_path / KEY_FILE,
            tls_ca=tmp_path / AUTHORITY_FILE,
        )
    )
    assert found is not None
    assert found.pem.authority == authority.certificate
