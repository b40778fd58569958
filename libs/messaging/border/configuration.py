"""The brokers' configuration of the border, from the facts of the cells: the leaf connection of a cell, and the hub.

Measured with nats-server 2.15. `deny_imports` protects the cell even if the hub is an enemy: it names what the hub
could otherwise send into EDGE. The permissions of the leaf's user protect the hub from a cell, and the cells from each
other. The broker of a cell's events is connected to nothing.
"""

from collections.abc import Callable, Iterable

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.messaging.border.names import (
    DIRECTORY,
    EDGE_ACCOUNT,
    HUB_ACCOUNT,
    HUB_API,
    arriving,
    cell_reset,
    flow_of_cell,
    flow_of_hub,
    hub_reset,
    leaf_user,
    leaving,
)
from libs.messaging.logins import ADMINISTRATOR, inbox_of
from libs.messaging.streams import DEAD

RECONNECT_SECONDS = 1

_DENIED_VERBS = (
    "INFO",
    "ACCOUNT.>",
    "STREAM.>",
    "DIRECT.>",
    "META.>",
    "SERVER.>",
    "$KV.>",
    "$OBJ.>",
    *(f"CONSUMER.{verb}.>" for verb in ("CREATE", "DURABLE", "DELETE", "INFO", "LIST", "NAMES")),
    *(f"CONSUMER.{verb}.>" for verb in ("MSG", "LEADER", "PAUSE", "UNPIN")),
    *(f"CONSUMER.RESET.{stream}.>" for stream in (DIRECTORY, DEAD)),
)

# What no other cell and no hub may send into the account: messages as if they were of this cell, acknowledgements and
# answers to its clients, key-value and object stores, requests to the system.
_DENIED_SUBJECTS = ("prm.edge.>", "dead.>", "$JS.API.>", "$JS.ACK.>", "$KV.>", "$O.>", "$SYS.>", "_INBOX.>")

# What must not pass outwards but by the consumer that the cell made.
_KEPT_SUBJECTS = ("prm.edge.>", "dead.>", "$JS.ACK.>", "$KV.>", "$O.>", "$SYS.>")

_ANSWERS = ("_R_.>", "_GR_.>")  # how the broker names the way back of an answer to another account
_RESETS = "$JSC.R.*"


def leaf_conf(cell: str, url: str, *, users: Iterable[str], certificates: str = "") -> str:
    """The block `leafnodes` of a cell's edge: its connection to the hub. cell: its code, or ANY_CELL. url:
    `nats-leaf://USER:PASSWORD@HOST:PORT`, or the name of a variable with it. users: those of the edge, whose inboxes
    are closed to the hub. certificates: the folder with the certificate that the hub knows the cell by, and with whom
    to trust as the hub; empty on loopback."""
    imports = [f"$JS.{cell}.API.{verb}" for verb in _DENIED_VERBS]
    imports += [*_DENIED_SUBJECTS, *(f"{inbox_of(user)}.>" for user in users)]
    return "\n".join(
        [
            "leafnodes {",
            f"  reconnect: {RECONNECT_SECONDS}",
            "  remotes: [ {",
            f"    url: {url if url.startswith('$') else _quoted(url)}",
            f"    account: {EDGE_ACCOUNT}",
            *(_tls(certificates, indent=4) if certificates else ()),
            *_listed("deny_imports", imports, indent=4),
            *_listed("deny_exports", _KEPT_SUBJECTS, indent=4),
            "  } ]",
            "}",
            "",
        ]
    )


def hub_conf(cells: Iterable[str], password: Callable[[str], str], *, listen: str, certificates: str = "") -> str:
    """The hub's configuration without its port, its files and the TLS of its administrator. password: returns the
    password of a user as it is written there. listen: host:port for the cells' leaf connections. certificates: the
    folder with the hub's certificate, and with whom to trust as a cell; a cell is then the one whose certificate and
    password it shows."""
    known = sorted(cells)
    lines = ["leafnodes {", f"  listen: {_quoted(listen)}"]
    lines += _tls(certificates, "verify_and_map: true", indent=2) if certificates else []
    lines += ["}", "accounts {", f"  {HUB_ACCOUNT} {{", "    jetstream: enabled"]
    lines += [f"    users: [ {{ user: {ADMINISTRATOR}, password: {password(ADMINISTRATOR)} }} ]"]
    lines += ["    exports: [", *(line for cell in known for line in _exports_to(cell)), "    ]"]
    lines += ["    imports: [", *(line for cell in known for line in _imports_from(cell)), "    ]", "  }"]
    for cell in known:
        lines += _account_of(cell, password(leaf_user(cell)))
    return "\n".join([*lines, "}", ""])


def _tls(folder: str, *more: str, indent: int) -> list[str]:
    files = (("cert_file", CERTIFICATE_FILE), ("key_file", KEY_FILE), ("ca_file", AUTHORITY_FILE))
    lines = [*(f"{name}: {_quoted(f'{folder}/{file}')}" for name, file in files), *more, "handshake_first: true"]
    return [" " * indent + line for line in ("tls {", *(f"  {one}" for one in lines), "}")]


def _exports_to(cell: str) -> list[str]:
    return [
        f"      {{ service: {_quoted(hub_reset(cell))}, accounts: [{cell}] }}",
        f"      {{ stream: {_quoted(arriving(cell))}, accounts: [{cell}] }}",
        f"      {{ service: {_quoted(flow_of_hub(cell))}, accounts: [{cell}] }}",
    ]


def _imports_from(cell: str) -> list[str]:
    return [
        f"      {{ service: {{ account: {cell}, subject: {_quoted(cell_reset(cell))} }} }}",
        f"      {{ stream: {{ account: {cell}, subject: {_quoted(leaving(cell))} }} }}",
        f"      {{ service: {{ account: {cell}, subject: {_quoted(flow_of_cell(cell))} }} }}",
    ]


def _account_of(cell: str, password: str) -> list[str]:
    """A cell's account on the hub. Its user is the cell's broker: what that may send, and what it is sent."""
    reset = f"{HUB_API}{hub_reset(cell).removeprefix('$JS.API')}"
    sends = (leaving(cell), reset, flow_of_hub(cell), *_ANSWERS)
    receives = (arriving(cell), cell_reset(cell), flow_of_cell(cell), _RESETS)
    to_hub = f"{{ account: {HUB_ACCOUNT}, subject: "
    return [
        f"  {cell} {{",
        f"    users: [ {{ user: {leaf_user(cell)}, password: {password}, permissions: {{",
        *_listed("publish: { allow", sends, indent=6, end="] }"),
        *_listed("subscribe: { allow", receives, indent=6, end="] }"),
        "    } } ]",
        "    exports: [",
        f"      {{ service: {_quoted(cell_reset(cell))}, accounts: [{HUB_ACCOUNT}] }}",
        f"      {{ stream: {_quoted(leaving(cell))}, accounts: [{HUB_ACCOUNT}] }}",
        f"      {{ service: {_quoted(flow_of_cell(cell))}, accounts: [{HUB_ACCOUNT}] }}",
        "    ]",
        "    imports: [",
        f"      {{ service: {to_hub}{_quoted(hub_reset(cell))} }}, to: {_quoted(reset)} }}",
        f"      {{ stream: {to_hub}{_quoted(arriving(cell))} }} }}",
        f"      {{ service: {to_hub}{_quoted(flow_of_hub(cell))} }} }}",
        "    ]",
        "  }",
    ]


def _listed(name: str, subjects: Iterable[str], *, indent: int, end: str = "]") -> list[str]:
    pad = " " * indent
    return [f"{pad}{name}: [", *(f"{pad}  {_quoted(one)}" for one in subjects), f"{pad}{end}"]


def _quoted(text: str) -> str:
    return f'"{text}"'
