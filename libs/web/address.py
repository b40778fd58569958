"""Checks of the addresses that a process listens on."""

from libs.config import ConfigError
from libs.tls import SET_ALL, is_ipv6, is_loopback

_WITH_TLS = frozenset({"PRM_LISTEN", "PRM_HTTP_LISTEN"})  # those that are encrypted if the process has a certificate


def parse_address(listen: str, *, encrypted: bool, variable: str = "PRM_LISTEN") -> tuple[str, int]:
    """Host and port; ConfigError if `listen` is malformed, or if the host is not loopback and traffic is not encrypted.
    variable: the setting that the error names."""
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]") and is_ipv6(host[1:-1])
    if (
        not host
        or not (port.isascii() and port.isdigit())
        or int(port) > 65_535
        or (set(":[]") & set(host) and not bracketed)
    ):
        raise ConfigError(f"{variable}: {listen!r} is not host:port, for example 127.0.0.1:7400 or [::1]:7400")
    if not encrypted and not is_loopback(host):
        raise ConfigError(
            f"{variable}: {host} can be reached from outside this machine, where nothing may be said in clear; "
            + (f"{SET_ALL}, or listen on 127.0.0.1" if variable in _WITH_TLS else "listen on 127.0.0.1")
        )
    return host, int(port)
