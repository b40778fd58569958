"""Checks whether a certificate is valid for a host, by an OpenSSL handshake in memory."""

import re
import ssl
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from libs.authority import AUTHORITY_FILE, BOTH_FILE, Authority
from libs.clock import SystemClock

_HOST = re.compile(r"(?:^|[\s,/@])(\[[0-9a-f:]+\]|[a-z][\w.-]*):\d+(?![\w:])")


def hosts_in(text: str) -> list[str]:
    """The hosts of every `host:port` in one or several URLs."""
    return _HOST.findall(text)


def not_taken(hosts: Collection[str], names: Sequence[str]) -> list[str]:
    """The hosts for which a client refuses a certificate with these names."""
    return [host for host in hosts if not _taken(host.strip("[]"), tuple(names))]


@cache
def _taken(host: str, names: tuple[str, ...]) -> bool:
    server, client = _contexts(names)
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(there, here, server_hostname=host)
    called = server.wrap_bio(here, there, server_side=True)
    try:
        for side in (caller, called, caller, called):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError:
        return False
    return True


@cache
def _contexts(names: tuple[str, ...]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    with TemporaryDirectory() as folder:
        authority.keep(authority.issue(names, now), Path(folder))
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(Path(folder) / BOTH_FILE)
        return server, ssl.create_default_context(cafile=str(Path(folder) / AUTHORITY_FILE))
