"""A console that is not safe to serve is not served, and says which variable is wrong."""

from pathlib import Path

import pytest

from libs.config import ConfigError, Settings, read
from services.console.settings import OWN_PREFIX, ConsoleSettings, check

ISSUER = "https://login.example/realms/prm"
ISSUERS = Settings(issuers_file=Path("issuers.toml"))
AT_AN_ISSUER = {"PRM_CONSOLE_ISSUER": ISSUER, "PRM_CONSOLE_CLIENT_ID": "console"}
PUBLIC = {"PRM_CONSOLE_PUBLIC_URL": "https://console.example", **AT_AN_ISSUER}


def own(**environ: str) -> ConsoleSettings:
    return read(ConsoleSettings, prefix=OWN_PREFIX, environ=environ)


@pytest.mark.parametrize(
    ("environ", "settings", "variable"),
    [
        ({"PRM_CONSOLE_LISTEN": "127.0.0.1"}, Settings(), "PRM_CONSOLE_LISTEN"),
        ({"PRM_CONSOLE_LISTEN": "0.0.0.0:7490"}, Settings(), "PRM_CONSOLE_PUBLIC_URL"),
        ({"PRM_CONSOLE_LISTEN": "0.0.0.0:7490", **AT_AN_ISSUER}, ISSUERS, "PRM_CONSOLE_PUBLIC_URL"),
        ({**PUBLIC, "PRM_CONSOLE_PUBLIC_URL": "http://console.example"}, ISSUERS, "PRM_CONSOLE_PUBLIC_URL"),
        ({**PUBLIC, "PRM_CONSOLE_PUBLIC_URL": "https://console.example/x"}, ISSUERS, "PRM_CONSOLE_PUBLIC_URL"),
        ({"PRM_CONSOLE_PUBLIC_URL": "https://console.example"}, Settings(), "PRM_CONSOLE_ISSUER"),
        ({**PUBLIC, "PRM_CONSOLE_ISSUER": "http://login.example"}, ISSUERS, "PRM_CONSOLE_ISSUER"),
        ({"PRM_CONSOLE_ISSUER": ISSUER}, ISSUERS, "PRM_CONSOLE_ISSUER"),
        (PUBLIC, Settings(), "PRM_ISSUERS_FILE"),
        ({}, ISSUERS, "PRM_CONSOLE_ISSUER"),
    ],
)
def test_what_is_not_safe_is_refused(environ: dict[str, str], settings: Settings, variable: str) -> None:
    with pytest.raises(ConfigError, match=f"^{variable}: "):
        check(own(**environ), settings)


def test_the_defaults_and_a_gateway_are_served() -> None:
    check(own(), Settings())
    check(own(**PUBLIC, PRM_CONSOLE_LISTEN="0.0.0.0:7490"), ISSUERS)
    assert own().origin(7490) == "http://127.0.0.1:7490"
    assert own(**PUBLIC).origin(7490) == "https://console.example"
