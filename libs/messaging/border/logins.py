"""The users of a cell's edge: the services that state something to other cells or read what those state, and the
administrator. They have the names of the users of the cell's own broker, because the certificate of a process says who
it is on both; their passwords are others."""

from collections.abc import Callable, Iterable, Mapping

from libs.messaging.border.names import DIRECTORY, EDGE_ACCOUNT, HUB, edge_subject, outgoing_stream
from libs.messaging.logins import ADMINISTRATOR, ANY_CELL, API, Durables, Login, login_of, taking, user_lines
from libs.messaging.streams import DEAD


def edge_logins(cell: str, services: Mapping[str, Durables]) -> tuple[Login, ...]:
    """The users of the edge. cell: its code, or ANY_CELL. services: those that publish or read there, with their
    durables on the directory."""
    out = ANY_CELL if cell == ANY_CELL else outgoing_stream(cell)  # a wildcard stands for a whole name
    streams = (out,) if cell == ANY_CELL else (out, DIRECTORY, DEAD)
    verbs = [f"STREAM.{verb}.{stream}" for verb in ("INFO", "CREATE", "UPDATE") for stream in streams]
    made = (f"{out}.{HUB}", f"{DIRECTORY}.*")
    verbs += [f"CONSUMER.{verb}.{one}" for verb in ("INFO", "DURABLE.CREATE") for one in made]
    return (
        *(_service(cell, name, durables) for name, durables in services.items()),
        login_of(ADMINISTRATOR, *(f"{API}{verb}" for verb in verbs)),
    )


def edge_conf(logins: Iterable[Login], password: Callable[[str], str]) -> str:
    """The block `accounts` of the edge's configuration: one account with these users. password: returns the password
    of a user as it is written there."""
    lines = ["accounts {", f"{EDGE_ACCOUNT} {{", "  jetstream: enabled", *user_lines(logins, password), "}", "}", ""]
    return "\n".join(lines)


def _service(cell: str, name: str, durables: Durables) -> Login:
    return login_of(
        name,
        edge_subject(cell, f"{name}.>"),
        *(subject for durable in durables for subject in taking(durable, DIRECTORY)),
        *(f"dead.{cell}.{durable}" for durable in durables),
        *((f"{API}STREAM.INFO.{DIRECTORY}",) if durables else ()),
    )
