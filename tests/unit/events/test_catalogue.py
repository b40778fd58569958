"""The catalogue has every event of every proto, and the AsyncAPI document what its specification asks for.

The events are read off the generated modules here, and off the descriptor image by the catalogue."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor
from typer.testing import CliRunner

import libs.pb.prm
from libs.messaging.envelope import HEADERS
from libs.pb.prm.options.v1 import options_pb2
from services.__main__ import app

# asyncapi.com/docs/reference/specification/v3.0.0: what an object must have, and the only other fields it may have.
REQUIRED = {
    "document": {"asyncapi", "info"},
    "info": {"title", "version"},
    "channel": set[str](),
    "operation": {"action", "channel"},
    "message": set[str](),
}
OPTIONAL = {
    "document": {"id", "servers", "defaultContentType", "channels", "operations", "components"},
    "info": {"termsOfService", "contact", "license", "tags", "externalDocs", "description"},
    "channel": {
        *("address", "messages", "title", "summary", "description", "servers", "parameters", "tags"),
        *("externalDocs", "bindings"),
    },
    "operation": {
        *("title", "summary", "description", "security", "tags", "externalDocs", "bindings", "traits", "messages"),
        "reply",
    },
    "message": {
        *("headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags"),
        *("externalDocs", "bindings", "examples", "traits"),
    },
}
KEY = re.compile(r"[a-zA-Z0-9.\-_]+")

Object = dict[str, Any]


def declared() -> dict[str, Descriptor]:
    """Every message of a `*_events.proto` that has a subject, by it."""
    found = {}
    for one in walk_packages(libs.pb.prm.__path__, "libs.pb.prm."):
        if one.name.endswith("_events_pb2"):
            for message in import_module(one.name).DESCRIPTOR.message_types_by_name.values():
                if subject := message.GetOptions().Extensions[options_pb2.event].subject:
                    found[subject] = message
    return found


EVENTS = declared()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("catalogue") / "new"
    done = CliRunner().invoke(app, ["events", "catalogue", str(made)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{len(EVENTS)} events are described in ")
    return made


@pytest.fixture(scope="module")
def document(folder: Path) -> Object:
    found: Object = msgspec.json.decode((folder / "asyncapi.json").read_bytes())
    return found


def test_there_are_events() -> None:
    assert EVENTS.keys() >= {"partners.partner.approved", "orders.order.confirmed", "tickets.ticket.created"}


@pytest.mark.parametrize("subject", EVENTS)
def test_people_find_every_event_with_its_meaning_and_fields(folder: Path, subject: str) -> None:
    text = (folder / "events.md").read_text()
    [section] = re.findall(rf"^### {re.escape(subject)}\n\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    meaning, message, *_ = section.split("\n\n")
    assert meaning.strip()
    assert f"`{EVENTS[subject].full_name}`" in message
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*) \|$", section, re.MULTILINE)
    assert [name for name, _, _ in rows] == [field.name for field in EVENTS[subject].fields]
    assert all(meaning for _, _, meaning in rows)


@pytest.mark.parametrize("subject", EVENTS)
def test_tools_find_every_event_with_its_meaning_and_fields(document: Object, subject: str) -> None:
    channel = document["channels"][subject]
    assert channel["address"] == f"prm.{{cell}}.{subject}"
    [message] = (at(document, one) for one in channel["messages"].values())
    assert message["name"] == EVENTS[subject].full_name
    assert message["description"]
    properties = at(document, message["payload"])["properties"]
    expected = {field.name: field.number for field in EVENTS[subject].fields}
    assert {name: one["x-protobuf-field"] for name, one in properties.items()} == expected
    assert all(one["description"] for one in properties.values())
    [operation] = (one for one in document["operations"].values() if at(document, one["channel"]) == channel)
    assert [at(document, one) for one in operation["messages"]] == [channel["messages"][message["name"]]]


def at(document: Object, reference: Object) -> Any:
    """What a reference refers to."""
    assert reference.keys() == {"$ref"}
    root, *path = reference["$ref"].split("/")
    assert root == "#"
    found: Any = document
    for step in path:
        found = found[step]
    return found


def test_headers_are_described_to_both(folder: Path, document: Object) -> None:
    text = (folder / "events.md").read_text()
    assert re.findall(r"^\| `(.+)` \| (yes|) \|", text, re.MULTILINE) == [
        (name, "yes" if one.always else "") for name, one in HEADERS.items()
    ]
    for message in document["components"]["messages"].values():
        assert at(document, message["headers"])["properties"].keys() == HEADERS.keys()


def test_the_document_has_the_structure_of_its_specification(document: Object) -> None:
    assert document["asyncapi"] == "3.0.0"
    objects = [("document", document), ("info", document["info"])]
    objects += [("channel", one) for one in document["channels"].values()]
    objects += [("operation", one) for one in document["operations"].values()]
    objects += [("message", one) for one in document["components"]["messages"].values()]
    for kind, one in objects:
        has = {name for name in one if not name.startswith("x-")}
        assert REQUIRED[kind] <= has <= REQUIRED[kind] | OPTIONAL[kind], kind
    assert {one["action"] for one in document["operations"].values()} == {"send"}
    for channel in document["channels"].values():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == channel["parameters"].keys()
    keys = [key for part in document["components"].values() for key in part]
    assert [key for key in keys if not KEY.fullmatch(key)] == []


def test_every_reference_leads_somewhere_and_every_component_is_used(document: Object) -> None:
    used = set()
    for reference in references(document):
        at(document, {"$ref": reference})
        used.add(reference)
    components = {f"#/components/{kind}/{name}" for kind, part in document["components"].items() for name in part}
    assert components <= used


def references(value: Any) -> Iterator[str]:
    """Every reference, at any depth."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name == "$ref":
                yield one
            else:
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = CliRunner().invoke(app, ["events", "catalogue", str(tmp_path / "taken")])
    assert done.exit_code == 2
    assert "cannot be written" in " ".join(done.output.replace("│", " ").split())
