"""The settings of the console, `PRM_CONSOLE_LISTEN` to `PRM_CONSOLE_LIFE`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from libs.config import PREFIX, ConfigError, Settings
from libs.rpc.identity.issuer import may_be_fetched
from libs.tls import is_loopback

OWN_PREFIX = f"{PREFIX}CONSOLE_"


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """listen: host:port of the pages; anything but loopback needs `public_url`. public_url: the https address under
    which browsers reach the console behind its gateway; absent = http and the address it listens on. cell: host:port of
    the cell's gRPC route; absent = PRM_LISTEN. issuer, client_id, client_secret_file, scope: the console as a client of
    an OpenID Connect issuer that the cell trusts; absent = the development issuer, on loopback only. max_sessions: how
    many people can be signed in at once. idle, life: how long a session lasts without a request, and in all."""

    listen: str = "127.0.0.1:7490"
    public_url: str = ""
    cell: str = ""
    issuer: Annotated[str, Meta(max_length=500)] = ""
    client_id: Annotated[str, Meta(max_length=200)] = ""
    client_secret_file: Path | None = None
    scope: str = "openid"
    max_sessions: Annotated[int, Meta(ge=1, le=100_000)] = 1_000
    idle: timedelta = timedelta(minutes=30)
    life: timedelta = timedelta(hours=12)

    @property
    def host(self) -> str:
        """The host that the console listens on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port; 0 for any free one."""
        return int(self.listen.rpartition(":")[2])

    def origin(self, port: int) -> str:
        """The origin that browsers see, while the console listens on `port`."""
        return self.public_url.rstrip("/") or f"http://{self.listen.rpartition(':')[0]}:{port}"


def check(console: ConsoleSettings, settings: Settings) -> None:
    """ConfigError if these settings do not make a console that is safe to serve."""
    if not console.listen.rpartition(":")[2].isdecimal():
        raise ConfigError("PRM_CONSOLE_LISTEN: must be host:port, such as 127.0.0.1:7490")
    parts = urlsplit(console.public_url)
    if console.public_url and (parts.scheme != "https" or not parts.netloc or parts.path.strip("/")):
        raise ConfigError("PRM_CONSOLE_PUBLIC_URL: must be https://host without a path")
    if not console.public_url and not is_loopback(console.host):
        raise ConfigError(
            "PRM_CONSOLE_PUBLIC_URL: off loopback the console is served behind a gateway with TLS; name its address"
        )
    if console.issuer:
        if not may_be_fetched(console.issuer) or not console.client_id:
            raise ConfigError("PRM_CONSOLE_ISSUER: must be https://..., with the client's id in PRM_CONSOLE_CLIENT_ID")
        if settings.issuers_file is None:
            raise ConfigError("PRM_ISSUERS_FILE: the console checks tokens as the cell does; name the cell's file")
    elif settings.issuers_file is not None:
        raise ConfigError("PRM_CONSOLE_ISSUER: the cell trusts issuers of its own; name the one where people sign in")
    elif console.public_url or not is_loopback(console.host):
        raise ConfigError("PRM_CONSOLE_ISSUER: the development issuer signs people in on loopback only")
