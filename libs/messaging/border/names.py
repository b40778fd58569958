"""The names on both sides of the border: accounts, users, streams, consumers and subjects.

A cell has a broker for everything that stays, and another, the edge, for what may leave. Only the edge is connected to
the hub. The hub has one account for each cell, and DIRECTORY, which imports from each of them.
"""

EDGE_ACCOUNT = "EDGE"
HUB_ACCOUNT = "DIRECTORY"

HUB = "hub"
"""The hub's JetStream domain, its administrator, and the consumer from which it takes a cell's messages."""

DIRECTORY = "DIRECTORY"
"""The stream of all cells' messages on the hub, and in each cell the copy of what the others sent."""

_PREFIX = "prm.edge."
_BORDER = "prm.border"


def leaf_user(cell: str) -> str:
    """The user as which a cell's edge connects to the hub: its code."""
    return cell


def outgoing_stream(cell: str) -> str:
    """The one stream of the edge whose messages the hub takes."""
    return f"EDGE_{cell}"


def edge_subject(cell: str, subject: str) -> str:
    """The full subject of a message that may leave its cell. subject: as in the proto; wildcards allowed."""
    return f"{_PREFIX}{cell}.{subject}"


def crosses(subject: str) -> bool:
    """Whether a full subject is one of messages that may leave their cell."""
    return subject.startswith(_PREFIX)


def home_subject(subject: str) -> str:
    """`prm.<cell>...` of a subject that may be `prm.edge.<cell>...`."""
    return f"prm.{subject.removeprefix(_PREFIX)}" if crosses(subject) else subject


def leaving(cell: str) -> str:
    """The subject on which a cell's messages are delivered to the hub."""
    return f"{_BORDER}.{cell}.out"


def arriving(cell: str) -> str:
    """The subject on which the messages of other cells are delivered to a cell."""
    return f"{_BORDER}.{cell}.in"


HUB_API = f"{_BORDER}.{HUB}"
"""The prefix under which a cell sees the one verb of the hub's JetStream API that it may use."""


def cell_reset(cell: str) -> str:
    """The one verb of a cell's JetStream API that the hub may use."""
    return f"$JS.{cell}.API.CONSUMER.RESET.{outgoing_stream(cell)}.{HUB}"


def hub_reset(cell: str) -> str:
    """The one verb of the hub's JetStream API that a cell may use, as the hub names it."""
    return f"$JS.API.CONSUMER.RESET.{DIRECTORY}.{cell}"


def flow_of_cell(cell: str) -> str:
    """The subjects on which the hub acknowledges what a cell delivered."""
    return f"$JS.FC.{outgoing_stream(cell)}.{HUB}.*"


def flow_of_hub(cell: str) -> str:
    """The subjects on which a cell acknowledges what the hub delivered."""
    return f"$JS.FC.{DIRECTORY}.{cell}.*"
