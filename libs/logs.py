"""Events with fields, one JSON line each; never bodies, never anything about a person.

A value that could be personal is wrapped in `Secret`, which always prints as `***`. The log has the type and the place
of an exception, and its text only if our code or the interpreter wrote it, because a library may quote the value it
failed on.
"""

import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec
import structlog

from libs.clock import SystemClock
from libs.errors import AppError, InvalidInput

T = TypeVar("T")

_MASK = "***"
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_FRAMES = 20
_SAFE_TEXT = (AppError, OSError, TypeError, AttributeError, NameError, ImportError, RecursionError)


class Secret(Generic[T]):
    """A value that must not be printed; only `reveal` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value."""
        return self._value

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class RequestLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="rpc", tag_field="event"):
    """The log line of a call; a struct, to save time, because there are more of these than of all other lines."""

    time: datetime
    level: str
    method: str
    code: str
    ms: float
    caller: str = ""
    reason: str = ""
    request_id: str = ""
    messages: int = 0
    trace: str = ""


def configure(level: str, *, out: BinaryIO | None = None, console: bool | None = None) -> None:
    """Write every event from now on to `out` (default: stderr), as coloured text if `console` (default: whether `out`
    is a terminal), else as JSON."""
    stream = out or sys.stderr.buffer
    pretty = stream.isatty() if console is None else console
    structlog.configure(
        processors=[_stamp, _cause, _text if pretty else _Json()],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=Sink(stream, pretty=pretty, level=_LEVELS[level]),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


class Sink:
    """Writes log lines to a stream, and flushes after each call."""

    def __init__(self, stream: BinaryIO, *, pretty: bool, level: int) -> None:
        self.pretty = pretty
        self.level = level
        self._stream = stream

    def __call__(self, *_: object) -> "Sink":
        """structlog asks its factory for a logger; there is only this one."""
        return self

    def write(self, line: bytes) -> None:
        """Write one line or several, without the last line end."""
        self._stream.write(line + b"\n")
        self._stream.flush()

    debug = info = warning = error = critical = write


def request_log() -> Callable[[list[RequestLine]], None]:
    """A function that writes lines of calls as `configure` last said; it writes nothing if the level is above info."""
    sink = structlog.get_config()["logger_factory"]
    if not isinstance(sink, Sink) or sink.level > _LEVELS["info"]:
        return lambda lines: None
    if sink.pretty:
        return _write_pretty
    encode = msgspec.json.Encoder().encode_lines
    return lambda lines: sink.write(encode(lines)[:-1])


def _write_pretty(lines: list[RequestLine]) -> None:
    for line in lines:
        fields = {name: value for name, value in msgspec.structs.asdict(line).items() if value}
        structlog.get_logger().info(**fields)


class _Json:
    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder(enc_hook=str).encode

    def __call__(self, logger: object, name: str, event: MutableMapping[str, Any]) -> bytes:
        return self._encode(event)


def _text(logger: object, name: str, event: MutableMapping[str, Any]) -> bytes:
    event["time"] = f"{event['time']:%H:%M:%S.%f}"[:-3]
    return structlog.dev.ConsoleRenderer(timestamp_key="time")(logger, name, event).encode()


def _stamp(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"time": SystemClock().now(), "level": name, "event": event.pop("event"), **event}


def _cause(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    err = event.get("cause")
    if isinstance(err, BaseException):
        event["cause"] = describe(err)
        frames = traceback.extract_tb(err.__traceback__)[-_FRAMES:]
        event["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def describe(err: BaseException) -> str:
    """The types of an exception and of its causes, each with its text if that cannot contain a value of a caller."""
    safe = isinstance(err, _SAFE_TEXT) and not isinstance(err, InvalidInput)
    text = f"{type(err).__name__}: {err}" if safe else type(err).__name__
    if isinstance(err, BaseExceptionGroup):
        text += f" ({'; '.join(describe(one) for one in err.exceptions)})"
    return f"{text}, from {describe(err.__cause__)}" if err.__cause__ is not None else text


class _Bridge(logging.Handler):
    """Passes on what libraries log through `logging`: the template without its arguments, and the exception."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fields: dict[str, Any] = {"library": record.name, "message": str(record.msg)}
        if record.exc_info and record.exc_info[1]:
            fields["cause"] = record.exc_info[1]
        (log.error if record.levelno >= logging.ERROR else log.warning)("library_log", **fields)
