"""The only module that reads the environment; all other code gets typed settings.

Settings are frozen structs with a default for every field; `read` fills one from `PRM_<AREA>_<NAME>`.
"""

import os
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "PRM_"
WRONG = "these environment variables are wrong:"

_QUOTED = re.compile(r"(?<=enum value ).+?(?= - at `\$|$)", re.DOTALL)  # the only place where msgspec quotes a value

_HTTP_LISTEN = "127.0.0.1:7480"  # where a whole cell serves HTTP if nobody says otherwise
_LONGEST = timedelta(days=36_500)  # beyond some centuries instants have no representation

S = TypeVar("S", bound=msgspec.Struct)


class ConfigError(Exception):
    """The settings cannot be read from the environment; the text names every wrong variable, never its value.
    variables: those with a value of the wrong type or form."""

    def __init__(self, text: str, variables: Collection[str] = ()) -> None:
        super().__init__(text)
        self.variables = frozenset(variables)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a process of any service, from `PRM_CELL_FILE` to `PRM_DRAIN_SECONDS`.

    cell_file: TOML with the facts of this cell; absent = the cell `local`, serving every country. cells_dir: the folder
    with the facts of the other cells, read again when they change; absent = that of cell_file. policy_file: TOML with
    the roles and their permissions; absent = the shipped policy.toml. issuers_file: TOML with the issuers
    whose tokens are accepted; absent = the development issuer, on loopback only. deny_file: denied persons and tokens,
    one per line, read again when it changes. data_dir: the folder of an embedded cell's files. listen: host:port of the
    gRPC server, [address]:port for an IPv6 address. http_listen: host:port for calls by HTTP/1.1 with JSON; absent =
    none. health_listen: host:port on loopback where the process serves its health as well, so that callers cannot use
    up the connections; absent = only on `listen`. tls_cert, tls_key, tls_ca:
    PEM files, all or none, read again when they change: the certificate and key of this process, and the authority that
    must have signed those of its peers; without them it accepts and opens connections on loopback only. store_url:
    `mongodb://USER@...`, absent = SQLite. store_driver: the MongoDB client. store_prefix: the databases there are named
    <prefix>_<cell>_<service>. store_password_file: the password of that user, read again when the server refuses the
    former one. nats_url: `tls://...`, absent = the process starts a broker. nats_logins_dir: the folder with
    `<user>/password` for each broker user as which this process connects, read again at each connection; each service
    is a user of its own name. readers_file: TOML with the systems outside of PRM that receive events. nats_replicas: on
    how many nodes of the broker each stream is stored. edge_url, edge_logins_dir: the same for the broker of what may
    leave the cell; absent = nothing leaves it, unless an embedded one is connected to the hub at hub_url
    (`nats-leaf://host:port`) with the password in hub_password_file. border_keys_file: the keys that the cells share
    to ask each other by keyed hashes, read again at each question; absent = this cell asks and answers nothing. relay:
    True = this process publishes its events, False = `prm relay` does. keys_dir: the cell's keys, made by `prm keys`:
    the shared files, and the folders of this process's services; absent = an embedded cell makes its own.
    otlp_endpoint: `https://host:4317`, absent = no traces or metrics are sent. trace_ratio: the share (0 to 1) of
    calls without a trace of their own that are traced. lift_seconds: how long a call without a position waits for an
    event that may lift its refusal. drain_seconds: the most time that a shutdown may take.
    """

    cell_file: Path | None = None
    cells_dir: Path | None = None
    policy_file: Path = Path(__file__).parents[1] / "services" / "policy.toml"
    issuers_file: Path | None = None
    deny_file: Path | None = None
    data_dir: Path = Path(".prm")
    listen: str = "127.0.0.1:7400"
    http_listen: str = ""
    health_listen: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    store_url: str = ""
    store_driver: Literal["motor", "pymongo"] = "motor"
    store_prefix: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,19}$")] = "prm"
    store_password_file: Path | None = None
    nats_url: str = ""
    nats_logins_dir: Path | None = None
    readers_file: Path | None = None
    nats_replicas: Annotated[int, Meta(ge=1, le=5)] = 1
    edge_url: str = ""
    edge_logins_dir: Path | None = None
    hub_url: str = ""
    hub_password_file: Path | None = None
    border_keys_file: Path | None = None
    relay: bool = True
    keys_dir: Path | None = None
    otlp_endpoint: str = ""
    trace_ratio: Annotated[float, Meta(ge=0, le=1)] = 0.01
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    lift_seconds: Annotated[float, Meta(ge=0, le=10)] = 0.5
    drain_seconds: Annotated[float, Meta(ge=0, le=600)] = 25.0


def with_http(settings: Settings) -> Settings:
    """The settings of a whole cell in one process: with HTTP at its usual address, if gRPC is at its own."""
    usual = not settings.http_listen and settings.listen == Settings().listen
    return msgspec.structs.replace(settings, http_listen=_HTTP_LISTEN) if usual else settings


def read(
    settings: type[S],
    *,
    prefix: str = PREFIX,
    environ: Mapping[str, str] | None = None,
    leaving_out: Collection[str] = (),
) -> S:
    """The settings from the environment (or `environ`). leaving_out: variables to ignore. ConfigError with every wrong
    variable.

    Field `trace_ratio` under prefix `PRM_` is the variable `PRM_TRACE_RATIO`; an empty variable counts as absent.
    Durations are ISO 8601 (`P90D`, `PT30S`), from 0 to 36,500 days; tuples, mappings and structs are JSON.
    """
    given = os.environ if environ is None else environ
    present = {name.upper(): text for name, text in given.items() if text and name not in leaving_out}
    hints = get_type_hints(settings, include_extras=True)
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in settings.__struct_fields__:
        variable = f"{prefix}{field.upper()}"
        if variable in present:
            try:
                found[field] = _decode(hints[field], present[variable])
            except ValueError as err:
                wrong[variable] = str(err)
    if wrong:
        raise ConfigError("\n".join([WRONG, *sorted(f"  {name}: {text}" for name, text in wrong.items())]), wrong)
    return settings(**found)


def _decode(kind: Any, text: str) -> Any:
    """One value, decoded by msgspec. ValueError, without the text of the value, which may be a secret."""
    try:
        if text.lstrip()[:1] in ("{", "["):
            return msgspec.json.decode(text, type=kind, strict=False, dec_hook=_decode_path)
        found = msgspec.convert(text, kind, strict=False, dec_hook=_decode_path)
        if isinstance(found, timedelta) and not timedelta() <= found <= _LONGEST:
            raise ValueError(f"must be from 0 to {_LONGEST.days} days")
        return found
    except msgspec.MsgspecError as err:
        raise ValueError(_QUOTED.sub("'***'", str(err))) from err


def _decode_path(kind: type[Any], value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"a setting cannot be a {kind.__name__}")


def as_written(settings: type[S], *fields: str) -> S:
    """Settings with only these fields read, for a command that must be quick. ConfigError at the first wrong one."""
    hints = get_type_hints(settings)
    found = {}
    for name in fields:
        if text := os.environ.get(f"{PREFIX}{name.upper()}", ""):
            try:
                found[name] = _decode(hints[name], text)
            except ValueError as err:
                raise ConfigError(f"{PREFIX}{name.upper()}: {err}") from err
    return settings(**found)


def ask_of_motor(threads: int) -> None:
    """Set the size of motor's thread pool, unless the environment has set it. Call it before motor is imported."""
    os.environ.setdefault("MOTOR_MAX_WORKERS", str(threads))


def quiet_libraries() -> None:
    """Stop gRPC's core from writing to stderr and from handling forks (we fork for the broker). Call it before grpc is
    imported."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
