"""Parses and checks `PRM_NATS_URL`: connections to other machines must use TLS."""

from urllib.parse import SplitResult, urlsplit

from libs.config import ConfigError
from libs.tls import SET_ALL, is_loopback

_ENCRYPTED, _CLEAR = "tls", "nats"


def servers_of(url: str, *, identity: bool) -> tuple[str, ...]:
    """The servers in `PRM_NATS_URL`, separated by commas; all of them or none have `tls://`. identity: whether this
    process has a certificate. ConfigError, without any password, for an invalid address, for another machine without
    TLS, and for TLS without a certificate."""
    servers = tuple(one.strip() for one in url.split(","))
    parts = [_split(one) for one in servers]
    schemes = {one.scheme for one in parts}
    if schemes == {_ENCRYPTED}:
        if not identity:
            raise ConfigError(f"PRM_NATS_URL: tls:// needs a certificate to show; {SET_ALL}")
    elif schemes != {_CLEAR}:
        raise ConfigError("PRM_NATS_URL: write every server as tls://host:port, or every one as nats://127.0.0.1:port")
    elif away := [one.hostname for one in parts if not is_loopback(one.hostname or "")]:
        raise ConfigError(
            f"PRM_NATS_URL: {away[0]} is another machine, to which nothing may be said in clear; write "
            f"tls://{_bracketed(away[0])}:4222 and {SET_ALL}"
        )
    return servers


def is_encrypted(servers: tuple[str, ...]) -> bool:
    """Whether connections to these servers use TLS."""
    return servers[0].startswith(f"{_ENCRYPTED}://")


def _bracketed(host: str | None) -> str:
    return f"[{host}]" if host and ":" in host else f"{host}"


def _split(server: str) -> SplitResult:
    try:
        found = urlsplit(server)
        bare = found.netloc.rpartition("@")[2]
        if found.hostname and (found.port is None or found.port) and (bare.count(":") < 2 or bare.startswith("[")):
            return found
    except ValueError:
        pass
    raise ConfigError(
        "PRM_NATS_URL: one of the servers is not tls://host:port or nats://127.0.0.1:port; an IPv6 address is written "
        "[::1]:4222"
    )
