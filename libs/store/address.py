"""Checks the URL of a MongoDB: TLS to other machines, no weaker reads or writes than the port promises."""

from urllib.parse import parse_qsl

from libs.tls import is_loopback

_KINDS = ("mongodb://", "mongodb+srv://")
_SWITCHES = ("tls", "ssl")  # two names of one option
_BLIND = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")
# Options that can weaken what the port promises, each with the only value that does not.
_WEAKER = {
    "readpreference": "primary",
    "readpreferencetags": "",
    "maxstalenessseconds": "-1",
    "readconcernlevel": "majority",
    "w": "majority",
    "journal": "true",
    "j": "true",
    "fsync": "true",
    "wtimeoutms": "0",
    "timeoutms": "0",
}


def check_url(url: str) -> None:
    """Check that the URL is a MongoDB's on this machine, or uses TLS with a checked certificate, and does not weaken
    the reads and writes that the port promises. ValueError, without the password, if not."""
    if not url.startswith(_KINDS):
        raise ValueError("the store's URL must begin with mongodb:// or mongodb+srv://; leave it out for SQLite")
    kind, _, rest = url.partition("://")
    servers, _, query = rest.partition("?")
    by_name = kind.endswith("+srv")
    options = [(name.lower(), value.lower()) for name, value in parse_qsl(query.replace(";", "&"))]
    if weaker := [name for name, value in options if value != _WEAKER.get(name, value)]:
        raise ValueError(
            f"{weaker[0]} would let reads be stale or commits be lost: the store reads from the primary and waits for "
            "a majority; leave it out"
        )
    hosts = [_host(one) for one in servers.partition("/")[0].rpartition("@")[2].split(",")]
    if "" in hosts:
        raise ValueError("one of the hosts in the store's URL is not HOST:PORT; an IPv6 address is written [::1]:27017")
    away = [host for host in hosts if by_name or not _is_here(host)]
    if not away:
        return
    switched = [value for name, value in options if name in _SWITCHES] or (["true"] if by_name else [])
    if not switched or set(switched) != {"true"}:
        raise ValueError(
            f"{away[0]} is another machine, to which nothing may be said in clear; add tls=true and "
            "tlsCAFile=FILE, the authority of its certificate"
        )
    if blind := [name for name, value in options if name in _BLIND and value != "false"]:
        raise ValueError(
            f"{blind[0]} lets anybody pass for {away[0]}; leave it out and name its authority: tlsCAFile=FILE"
        )


def _host(server: str) -> str:
    return server.partition("]")[0] + "]" if server.startswith("[") else server.partition(":")[0]


def _is_here(host: str) -> bool:
    return is_loopback(host) or host.lower().startswith("%2f")  # the path of a socket
