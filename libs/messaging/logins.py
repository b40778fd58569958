"""The users of a cell's broker and their permissions: one user for each service, one for each reader, and those for
commands.

A service publishes its own events, takes from its own durables and writes their dead letters; no other user can do that
in its name. The broker's answers go to an inbox prefix that each user has for itself. Only the administrator creates
streams and durables, because a user who may create a consumer can make the broker deliver to any subject.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from libs.config import ConfigError
from libs.files import FOLDER_MODE, private
from libs.ids import unique
from libs.messaging.streams import BUCKET_STREAM, DEAD, EVENTS, OBJECTS
from libs.passwords import PasswordFile

LOGINS_DIR = "PRM_NATS_LOGINS_DIR"
READERS_FILE = "PRM_READERS_FILE"

ADMINISTRATOR, REPLAY, EXPORT, FOLLOW = "administrator", "replay", "export", "follow"
OF_PEOPLE = (ADMINISTRATOR, REPLAY, EXPORT, FOLLOW)

ANY_CELL = "*"
READERS_AT_MOST = 50
SUBJECTS_AT_MOST = 50

API = "$JS.API."
_PASSWORD_FILE = "password"

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9]{0,19}$")]
Subject = Annotated[str, Meta(pattern=r"^([a-z_]+|\*)(\.([a-z_]+|\*)){0,2}(\.>)?$|^>$")]


class Login(NamedTuple):
    """A user of the broker. publish, subscribe: the subjects that it may use, with wildcards."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class Credentials(NamedTuple):
    """The user to connect as. password: None if the certificate alone identifies the user."""

    user: str
    password: PasswordFile | None = None


class Reader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system outside of PRM, such as an ERP, that takes events from a durable of its own. subjects: as in the protos,
    without `prm.<cell>.`; wildcards allowed. country: where it is, ISO 3166-1 alpha-2; empty: in a country of the
    cell."""

    subjects: Annotated[tuple[Subject, ...], Meta(min_length=1, max_length=SUBJECTS_AT_MOST)]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = ""


Durables = Mapping[str, Sequence[str]]
"""Durables by name, with the subjects of the events that each takes, without `prm.<cell>.`."""


def inbox_of(user: str) -> str:
    """The prefix of the subjects on which a user receives answers; only that user may subscribe to them."""
    return f"_INBOX_{user}"


def reader_durable(name: str) -> str:
    """The durable from which a reader takes its events."""
    return f"{name}__events"


def taking(durable: str, stream: str = EVENTS) -> tuple[str, ...]:
    """What a user must be allowed to send in order to take from a durable."""
    return (
        f"{API}CONSUMER.INFO.{stream}.{durable}",
        f"{API}CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    )


def login_of(name: str, *publish: str, listens: tuple[str, ...] = ()) -> Login:
    """A user that may send on these subjects, and hear its own answers and what it `listens` to."""
    return Login(name, publish, (f"{inbox_of(name)}.>", *listens))


def read_readers(path: Path | None, services: Iterable[str]) -> dict[str, Reader]:
    """The readers in a TOML file by name, each `[erp]` with `subjects = [...]`; none without a file. services: names
    that a reader may not have. ConfigError."""
    if path is None:
        return {}
    bound = Annotated[dict[Name, Reader], Meta(max_length=READERS_AT_MOST)]
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=bound)
    except OSError as err:
        raise ConfigError(f"{READERS_FILE}: {path} cannot be read, {err.strerror}") from err
    except msgspec.MsgspecError as err:
        raise ConfigError(f"{READERS_FILE}: {path}: {err}") from err
    if taken := sorted(found.keys() & {*services, *OF_PEOPLE}):
        raise ConfigError(f"{READERS_FILE}: {path}: {', '.join(taken)} is a login already; name the reader otherwise")
    return found


def all_logins(cell: str, services: Mapping[str, Durables], readers: Iterable[str] = ()) -> tuple[Login, ...]:
    """All users of a cell's broker. cell: its code, or ANY_CELL. services: the durables of each, by name. readers:
    their names."""
    return (
        *(_service(cell, name, durables) for name, durables in services.items()),
        login_of(
            ADMINISTRATOR,
            *(f"{API}STREAM.{verb}.{stream}" for verb in ("INFO", "CREATE", "UPDATE") for stream in _STREAMS),
            f"{API}STREAM.MSG.GET.{EVENTS}",
            *(f"{API}CONSUMER.{verb}.{EVENTS}.*" for verb in ("INFO", "DURABLE.CREATE", "DELETE")),
        ),
        login_of(
            REPLAY,
            f"replay.{cell}.>",
            *(f"{API}STREAM.{verb}" for verb in (f"INFO.{EVENTS}", f"INFO.{DEAD}")),
            *(f"{API}STREAM.MSG.{verb}.{DEAD}" for verb in ("GET", "DELETE")),
        ),
        login_of(EXPORT, *_READ),
        login_of(FOLLOW, *_READ, listens=(f"prm.{cell}.>",)),
        *(login_of(name, f"{API}STREAM.INFO.{EVENTS}", *taking(reader_durable(name))) for name in readers),
    )


def users_conf(logins: Iterable[Login], password: Callable[[str], str]) -> str:
    """The block `authorization` of the broker's configuration, with these users. password: returns the password of a
    user as it is written there."""
    return "\n".join(["authorization {", *user_lines(logins, password), "}", ""])


def user_lines(logins: Iterable[Login], password: Callable[[str], str]) -> list[str]:
    """The list `users` of a block of the broker's configuration. password: as for `users_conf`."""
    lines = ["  users: ["]
    for one in logins:
        lines += [
            f"    {{ user: {one.name}, password: {password(one.name)}, permissions: {{",
            "      publish: { allow: [",
        ]
        lines += [f'        "{subject}"' for subject in one.publish]
        lines += ["      ] }", "      subscribe: { allow: ["]
        lines += [f'        "{subject}"' for subject in one.subscribe]
        lines += ["      ] }", "    } }"]
    return [*lines, "  ]"]


def create_passwords(folder: Path, names: Iterable[str]) -> None:
    """Make a random password for each user that has none, in `<folder>/<user>/password`, readable by the owner alone.
    OSError."""
    for name in names:
        path = folder / name / _PASSWORD_FILE
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if path.exists():
            continue
        part = path.with_suffix(".part")
        with open(part, "w", opener=private) as file:
            file.write(f"p{unique()}")  # begins with a letter, because the broker would parse some others as numbers
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)


def has_password(folder: Path, user: str) -> bool:
    """Whether the folder has a password file for this user."""
    return (folder / user / _PASSWORD_FILE).is_file()


def password_of(folder: Path, user: str) -> PasswordFile:
    """The password file of a user; ConfigError if the folder has none."""
    return PasswordFile(LOGINS_DIR, folder / user / _PASSWORD_FILE)


_STREAMS = (EVENTS, DEAD, BUCKET_STREAM)
_READ = (f"{API}STREAM.INFO.{EVENTS}", f"{API}STREAM.MSG.GET.{EVENTS}", f"{API}DIRECT.GET.{EVENTS}")


def _service(cell: str, name: str, durables: Durables) -> Login:
    return login_of(
        name,
        f"prm.{cell}.{name}.>",
        f"{API}STREAM.INFO.{EVENTS}",
        *(
            f"{API}DIRECT.GET.{EVENTS}.prm.{cell}.{subject}"
            for subject in (f"{name}.subject_data.erased", f"{name}.purge_run.ended", "compliance.checkpoint.signed")
        ),
        *(subject for durable in durables for subject in (*taking(durable), f"dead.{cell}.{durable}")),
        f"$O.{OBJECTS}.>",
        *(f"{API}STREAM.{verb}.{BUCKET_STREAM}" for verb in ("INFO", "MSG.GET", "PURGE")),
    )
