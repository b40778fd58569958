"""Whether a MongoDB may be spoken to as its URL says."""

from urllib.parse import parse_qsl

from libs.tls import is_loopback

_KINDS = ("mongodb://", "mongodb+srv://")
_SWITCHES = ("tls", "ssl")  # two names of one thing
_BLIND = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")


def check_url(url: str) -> None:
    """ValueError, which never says the password, unless it is a MongoDB's and either on this machine or spoken to by
    TLS, its certificate checked."""
    if not url.startswith(_KINDS):
        raise ValueError("the store's URL must begin with mongodb:// or mongodb+srv://; leave it out for SQLite")
    kind, _, rest = url.partition("://")
    servers, _, query = rest.partition("?")
    by_name = kind.endswith("+srv")
    hosts = [_host(one) for one in servers.partition("/")[0].rpartition("@")[2].split(",")]
    away = [host for host in hosts if by_name or not _is_here(host)]
    if not away:
        return
    options = [(name.lower(), value.lower()) for name, value in parse_qsl(query.replace(";", "&"))]
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
