"""The one place that reads the environment; everything else is handed typed settings.

Settings are frozen structs with a default for every field; `read` fills one from `PRM_<AREA>_<NAME>`.
"""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "PRM_"
WRONG = "these environment variables are wrong:"

_QUOTED = re.compile(r"(?<=enum value ).+?(?= - at `\$|$)", re.DOTALL)  # the only place where msgspec quotes a value

S = TypeVar("S", bound=msgspec.Struct)


class ConfigError(Exception):
    """The environment is not what the settings ask for; the text names every wrong variable, never its value.
    variables: those that cannot be read as what they should be."""

    def __init__(self, text: str, variables: Collection[str] = ()) -> None:
        super().__init__(text)
        self.variables = frozenset(variables)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a process of any service, from `PRM_CELL_FILE` to `PRM_DRAIN_SECONDS`.

    cell_file: TOML with this cell and its directory; absent = the cell `local`, serving every country. policy_file:
    TOML with the roles and what they may do; absent = the one that is shipped. issuers_file: TOML with the issuers
    whose tokens count; absent = the development issuer, on loopback only. deny_file: denied persons and tokens, one per
    line, read again when it changes. data_dir: where an embedded cell keeps its files. listen: host:port of the gRPC
    server, [address]:port where the address is one of IPv6. health_listen: host:port on loopback where the process
    tells its health as well, which no caller can fill; absent = on the port of all alone. tls_cert, tls_key, tls_ca:
    PEM files, all or none, read again when they change: what this process shows to others and who must have signed what
    they show; without them it keeps to its own machine. store_url: `mongodb://USER@...`, absent = SQLite. store_driver:
    what speaks to a MongoDB. store_prefix: the databases there are called <prefix>_<cell>_<service>.
    store_password_file: the password of that user, read again when it no longer counts. nats_url: `tls://...`, absent =
    a broker of its own. nats_logins_dir: the folder with `<user>/password` for each user of the broker as whom this
    process connects, read again at each connection; services are users of their own names. readers_file: TOML with the
    systems outside of PRM that take events. nats_replicas: on how many nodes of the broker each stream is kept. relay:
    whether events are published from this process, or by `prm relay`. keys_dir: the cell's keys, made by `prm keys`;
    absent = an embedded cell makes its own. otlp_endpoint: `https://host:4317`, absent = no traces or metrics leave.
    trace_ratio: share of the calls traced that arrive without a trace of their own. drain_seconds: what a stop may take
    altogether.
    """

    cell_file: Path | None = None
    policy_file: Path = Path(__file__).parents[1] / "services" / "policy.toml"
    issuers_file: Path | None = None
    deny_file: Path | None = None
    data_dir: Path = Path(".prm")
    listen: str = "127.0.0.1:7400"
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
    relay: bool = True
    keys_dir: Path | None = None
    otlp_endpoint: str = ""
    trace_ratio: Annotated[float, Meta(ge=0, le=1)] = 0.01
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_seconds: Annotated[float, Meta(ge=0, le=600)] = 25.0


def read(
    settings: type[S],
    *,
    prefix: str = PREFIX,
    environ: Mapping[str, str] | None = None,
    leaving_out: Collection[str] = (),
) -> S:
    """The settings that the environment (or `environ`) holds, without some variables; ConfigError with every variable
    that is wrong.

    Field `trace_ratio` under prefix `PRM_` is the variable `PRM_TRACE_RATIO`; an empty variable counts as absent.
    Durations are ISO 8601 (`P90D`, `PT30S`); tuples, mappings and structs are JSON.
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
    """One value, by the same rules as everything else we decode; its text is in no error, it may be a secret."""
    try:
        if text.lstrip()[:1] in ("{", "["):
            return msgspec.json.decode(text, type=kind, strict=False, dec_hook=_decode_path)
        return msgspec.convert(text, kind, strict=False, dec_hook=_decode_path)
    except msgspec.MsgspecError as err:
        raise ValueError(_QUOTED.sub("'***'", str(err))) from err


def _decode_path(kind: type[Any], value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"a setting cannot be a {kind.__name__}")


def as_written(settings: type[S], *fields: str) -> S:
    """Settings with only these fields read, for what has no time to read them all properly. ConfigError."""
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
    """Let motor have so many threads; before it is imported, and unless the environment says otherwise."""
    os.environ.setdefault("MOTOR_MAX_WORKERS", str(threads))


def quiet_libraries() -> None:
    """Tell gRPC's core, before it is imported, to leave stderr to our log and forks alone (the broker's child)."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
