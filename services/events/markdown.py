"""The catalogue for people: `events.md`."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from libs.messaging.envelope import HEADERS
from services.events.catalogue import Catalogue, Event, Field

_INTRODUCTION = """Each event is published on `prm.<cell>.<subject>`, in the stream `EVENTS` of its cell, once its
change is durable. The body is the protobuf message that the event names. No event holds personal data.
Events of reach REACH_CELL stay in their cell; REACH_EDGE may cross to other cells."""

_PIPE = "\\|"  # within a cell of a table


def render(catalogue: Catalogue, release: str) -> str:
    """The whole document."""
    lines = [f"# Events of PRM {release}", "", _INTRODUCTION, "", "## Headers", ""]
    headers = ((f"`{name}`", "yes" if one.always else "", one.means) for name, one in HEADERS.items())
    lines += _table(("header", "always", "meaning"), headers)
    for service, events in groupby(catalogue.events, key=lambda one: one.service):
        lines += [f"## {service}", "", *(line for event in events for line in _event(event))]
    lines += ["## Types", ""]
    for message in catalogue.messages:
        lines += [f"### {message.name}", "", message.comment, "", *_fields(message.fields)]
    for enum in catalogue.enums:
        lines += [f"### {enum.name}", "", enum.comment, ""]
        lines += _table(("value", "meaning"), ((f"`{name}`", comment) for name, comment in enum.values))
    return "\n".join(lines)


def _event(event: Event) -> list[str]:
    about = f"`{event.message.name}`, {event.reach}"
    return [f"### {event.subject}", "", event.message.comment, "", about, "", *_fields(event.message.fields)]


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    return _table(("field", "type", "meaning"), ((f"`{one.name}`", _type(one), one.comment) for one in fields))


def _type(field: Field) -> str:
    label = "repeated " if field.repeated else "optional " if field.optional else ""
    return f"{label}{field.type}" + (f", id `{field.id_prefix}_`" if field.id_prefix else "")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', _PIPE) for cell in row)} |"
    yield ""
