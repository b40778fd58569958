"""Settings come from the environment as a whole, or not at all with everything that is wrong."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from libs.config import ConfigError, Settings, read


class Rule(msgspec.Struct, frozen=True):
    """A struct inside settings."""

    days: int


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a service with every kind of field."""

    protection: timedelta = timedelta(days=90)
    names: tuple[str, ...] = ("a",)
    claims: Mapping[str, int] = {}
    rule: Rule = Rule(5)
    title: str = "{}"


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read(Settings, environ={}) == Settings()
    assert read(Settings, environ={"PRM_LISTEN": "", "PRM_DATA_DIR": ""}) == Settings()


def test_every_field_has_its_variable() -> None:
    found = read(
        Settings,
        environ={
            "PRM_CELL_FILE": "/cells/de.toml",
            "PRM_POLICY_FILE": "/etc/policy.toml",
            "PRM_DATA_DIR": "data",
            "PRM_LISTEN": "0.0.0.0:7400",
            "PRM_TLS_CERT": "/tls/tls.crt",
            "PRM_TLS_KEY": "/tls/tls.key",
            "PRM_TLS_CA": "/tls/ca.crt",
            "PRM_STORE_URL": "mongodb://somewhere",
            "PRM_STORE_DRIVER": "pymongo",
            "PRM_STORE_PASSWORD_FILE": "/run/store/password",
            "PRM_NATS_URL": "nats://somewhere",
            "PRM_NATS_LOGINS_DIR": "/run/nats",
            "PRM_READERS_FILE": "/etc/readers.toml",
            "PRM_RELAY": "false",
            "PRM_KEYS_DIR": "/keys",
            "PRM_OTLP_ENDPOINT": "http://somewhere:4317",
            "PRM_TRACE_RATIO": "0.5",
            "PRM_LOG_LEVEL": "debug",
            "PRM_DRAIN_SECONDS": "3",
            "PRM_DEALS_SERVICE_HOST": "what Kubernetes adds",
        },
    )
    assert found == Settings(
        cell_file=Path("/cells/de.toml"),
        policy_file=Path("/etc/policy.toml"),
        data_dir=Path("data"),
        listen="0.0.0.0:7400",
        tls_cert=Path("/tls/tls.crt"),
        tls_key=Path("/tls/tls.key"),
        tls_ca=Path("/tls/ca.crt"),
        store_url="mongodb://somewhere",
        store_driver="pymongo",
        store_password_file=Path("/run/store/password"),
        nats_url="nats://somewhere",
        nats_logins_dir=Path("/run/nats"),
        readers_file=Path("/etc/readers.toml"),
        relay=False,
        keys_dir=Path("/keys"),
        otlp_endpoint="http://somewhere:4317",
        trace_ratio=0.5,
        log_level="debug",
        drain_seconds=3.0,
    )


def test_a_services_settings_have_its_prefix() -> None:
    found = read(
        Policy,
        prefix="PRM_DEALS_",
        environ={
            "PRM_DEALS_PROTECTION": "P30D",
            "PRM_DEALS_NAMES": '["x", "y"]',
            "PRM_DEALS_CLAIMS": '{"GOLD": 7}',
            "PRM_DEALS_RULE": '{"days": 3}',
            "PRM_ORDERS_TITLE": "somebody else's",
        },
    )
    assert found == Policy(protection=timedelta(days=30), names=("x", "y"), claims={"GOLD": 7}, rule=Rule(3))


@pytest.mark.parametrize("span", ["-P1D", "P36501D", "P999999999D"])
def test_a_duration_that_is_negative_or_longer_than_a_century_is_wrong(span: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(Policy, prefix="PRM_DEALS_", environ={"PRM_DEALS_PROTECTION": span})
    assert "PRM_DEALS_PROTECTION" in str(caught.value)


def test_every_wrong_variable_is_named_without_its_value() -> None:
    environ = {"PRM_TRACE_RATIO": "7", "PRM_LOG_LEVEL": "s3cret", "PRM_RELAY": "s3cret", "PRM_LISTEN": "x"}
    with pytest.raises(ConfigError) as caught:
        read(Settings, environ=environ)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "PRM_LOG_LEVEL",
        "PRM_RELAY",
        "PRM_TRACE_RATIO",
    ]
    assert "s3cret" not in str(caught.value)


def test_json_that_is_none_is_named_too() -> None:
    with pytest.raises(ConfigError, match="PRM_DEALS_CLAIMS"):
        read(Policy, prefix="PRM_DEALS_", environ={"PRM_DEALS_CLAIMS": '{"GOLD": '})


def test_a_value_of_one_letter_leaves_the_sentence_alone() -> None:
    with pytest.raises(ConfigError) as caught:
        read(Settings, environ={"PRM_DRAIN_SECONDS": "x", "PRM_RELAY": "e", "PRM_LOG_LEVEL": "e"})
    assert str(caught.value).splitlines()[1:] == [
        "  PRM_DRAIN_SECONDS: Expected `float`, got `str`",
        "  PRM_LOG_LEVEL: Invalid enum value '***'",
        "  PRM_RELAY: Expected `bool`, got `str`",
    ]


class Choosing(msgspec.Struct, frozen=True):
    """A setting that is a list of choices."""

    kinds: tuple[Literal["a", "b"], ...] = ()


@pytest.mark.parametrize("value", ["s3cret", "s3cret's", 's3"cret', "s3cret - at `$"])
def test_no_part_of_a_value_is_quoted(value: str) -> None:
    for settings, environ in ((Settings, {"PRM_LOG_LEVEL": value}), (Choosing, {"PRM_KINDS": json.dumps([value])})):
        with pytest.raises(ConfigError) as caught:
            read(settings, environ=environ)
        assert "s3" not in str(caught.value)
