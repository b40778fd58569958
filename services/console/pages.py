"""How a capability declares its pages: lists, documents with their sections and acts, and the cockpits made of them.

A declaration names methods and fields of the protos and nothing else; labels, inputs, links and rights follow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.console.methods import METHODS, Method
from services.console.states import WHEN
from services.console.wording import short_value

Fixed = Mapping[str, str]


class List(msgspec.Struct, frozen=True, kw_only=True):
    """A page with the rows of a method. name: in its address. columns: paths in a row. filters: fields of the request
    that a person may set. fixed: fields that are always set, as they would be typed. orders: fields by which the method
    orders. acts: methods offered above the rows. row_acts: methods offered in each row, for what has no page."""

    name: str
    title: str
    method: str
    columns: Sequence[str]
    filters: Sequence[str] = ()
    fixed: Fixed = {}
    orders: Sequence[str] = ()
    acts: Sequence[str] = ()
    row_acts: Sequence[str] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a document's page: the answer of a method. by: fields of its request, with the path in the document
    that each is set to. columns: of its rows; without them the whole answer is shown."""

    title: str
    method: str
    by: Mapping[str, str]
    columns: Sequence[str] = ()
    fixed: Fixed = {}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a document that leads to a list. part: the full name of its message. by: filters of the list, with the
    path in the part that each is set to. own: the same with paths in the document."""

    part: str
    list: str
    by: Mapping[str, str]
    own: Mapping[str, str] = {}


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Bars with a band, and their table, of a repeated part of a document, each figure as the cell gives it. labels,
    value, low, high: paths in the part, numbers but for the labels."""

    title: str
    part: str
    labels: Sequence[str]
    value: str
    low: str
    high: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The page of the documents whose ids begin with `prefix`. field: the document in the answer of `method`, whose
    other fields are shown below it. heading: path of what the page is called after. by: the field of the request that
    takes the id. acts: methods offered there. openings: parts that lead to what they are made of. graphs: parts that
    are drawn as well."""

    prefix: str
    title: str
    method: str
    field: str
    heading: str = ""
    by: str = "id"
    acts: Sequence[str] = ()
    sections: Sequence[Section] = ()
    openings: Sequence[Opening] = ()
    graphs: Sequence[Graph] = ()


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars, and their table, of the rows of a method, each figure as the cell gives it. labels, value: paths in a row;
    rows without a value are left out; bars of one currency share a scale. whole: the list of the same rows."""

    name: str
    title: str
    method: str
    labels: Sequence[str]
    value: str
    whole: str
    fixed: Fixed = {}


class Cockpit(msgspec.Struct, frozen=True, kw_only=True):
    """What one role works with. permission: whoever holds it is shown the cockpit. waiting: lists of what waits for the
    person, shown with their first rows. lists: the others. partner: whether it is for a partner's people. own: sections
    about the partner of the person."""

    name: str
    title: str
    permission: str
    partner: bool = False
    waiting: Sequence[str] = ()
    lists: Sequence[str] = ()
    charts: Sequence[str] = ()
    own: Sequence[Section] = ()
    acts: Sequence[str] = ()


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability brings."""

    lists: Sequence[List] = ()
    documents: Sequence[Document] = ()
    charts: Sequence[Chart] = ()
    cockpits: Sequence[Cockpit] = ()


class Book:
    """All pages, found by name. ValueError for a declaration that names what does not exist."""

    def __init__(self, parts: Sequence[Pages]) -> None:
        self.lists = {one.name: one for part in parts for one in part.lists}
        self.documents = {one.prefix: one for part in parts for one in part.documents}
        self.charts = {one.name: one for part in parts for one in part.charts}
        self.cockpits = {one.name: one for part in parts for one in part.cockpits}
        self.acts = frozenset(self._acts())
        self._check()

    def sections(self) -> list[Section]:
        """The sections of all documents and cockpits."""
        found = [one for document in self.documents.values() for one in document.sections]
        return [*found, *(one for cockpit in self.cockpits.values() for one in cockpit.own)]

    def _acts(self) -> list[str]:
        return [
            *(act for one in self.lists.values() for act in (*one.acts, *one.row_acts)),
            *(act for one in self.documents.values() for act in one.acts),
            *(act for one in self.cockpits.values() for act in one.acts),
        ]

    def _check(self) -> None:
        for cockpit in self.cockpits.values():
            _known(cockpit.name, [*cockpit.waiting, *cockpit.lists], self.lists)
            _known(cockpit.name, cockpit.charts, self.charts)
        for one in self.lists.values():
            _fields(one.title, _method(one.title, one.method), [*one.fixed, *one.filters])
            _values(one.title, METHODS[one.method], one.fixed)
            _columns(one.title, METHODS[one.method], one.columns)
            _states(one.title, METHODS[one.method].rows, one.row_acts)
        for chart in self.charts.values():
            _fields(chart.title, _method(chart.title, chart.method), [*chart.fixed])
            _values(chart.title, METHODS[chart.method], chart.fixed)
            _columns(chart.title, METHODS[chart.method], (*chart.labels, chart.value))
            _known(chart.title, [chart.whole], self.lists)
        for section in self.sections():
            _fields(section.title, _method(section.title, section.method), [*section.by, *section.fixed])
            _columns(section.title, METHODS[section.method], section.columns)
        for document in self.documents.values():
            method = _method(document.title, document.method)
            _fields(document.title, method, [document.by])
            _known(document.title, [document.field], method.descriptor.output_type.fields_by_name)
            field: Any = method.descriptor.output_type.fields_by_name[document.field]
            _states(document.title, field, document.acts)
            for graph in document.graphs:
                _known(document.title, [graph.part], field.message_type.fields_by_name)
                inside = field.message_type.fields_by_name[graph.part].message_type.fields_by_name
                _known(graph.title, [*graph.labels, graph.value, graph.low, graph.high], inside)
            for opening in document.openings:
                _known(document.title, [opening.list], self.lists)
                _known(opening.list, [*opening.by, *opening.own], dict.fromkeys(self.lists[opening.list].filters))
        for act in self.acts:
            if _method("acts", act).read_only:
                raise ValueError(f"{act} changes nothing, so it is no act")


def _method(owner: str, key: str) -> Method:
    if key not in METHODS:
        raise ValueError(f"{owner}: there is no method {key}")
    return METHODS[key]


def _states(owner: str, document: Any, acts: Sequence[str]) -> None:
    """The states in which acts are offered are those of the document."""
    for when in (one for act in acts for one in WHEN.get(act, ())):
        fields = document.message_type.fields_by_name
        _known(owner, [when.field], fields)
        enum = fields[when.field].enum_type
        _known(
            owner, sorted(when.states), {short_value(enum.name, one.name): one for one in enum.values} if enum else {}
        )


def _known(owner: str, names: Sequence[str], among: Mapping[str, object]) -> None:
    for name in names:
        if name not in among:
            raise ValueError(f"{owner}: there is no {name}")


def _fields(owner: str, method: Method, names: Mapping[str, str] | Sequence[str]) -> None:
    for name in names:
        if name not in method.takes:
            raise ValueError(f"{owner}: {method.key} takes no {name}")


def _values(owner: str, method: Method, fixed: Fixed) -> None:
    for name, value in fixed.items():
        enum = method.takes[name].enum_type
        if enum is not None and value not in enum.values_by_name:
            raise ValueError(f"{owner}: {method.key} takes no {value}")


def _columns(owner: str, method: Method, columns: Sequence[str]) -> None:
    if columns and method.rows is None:
        raise ValueError(f"{owner}: {method.key} has no rows")
    for path in columns:
        message = method.rows.message_type if method.rows is not None else None
        for name in path.split("."):
            if message is None or name not in message.fields_by_name:
                raise ValueError(f"{owner}: a row of {method.key} has no {path}")
            message = message.fields_by_name[name].message_type
