"""The pages that read: cockpits, lists, documents, and lists as CSV."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
from google.protobuf.message import Message
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse

from libs.ids import parse
from libs.rpc.client import CallFailed
from services.console.charts import Bars, bands_of, bars_of
from services.console.csvs import BEGIN, line_of
from services.console.failing import said_of
from services.console.forms import Form, Input
from services.console.methods import DOWNLOADS, METHODS, at, field_at
from services.console.packages import KEY, PREFIX
from services.console.pages import Document, List, Opening, Section
from services.console.server import Visit, address
from services.console.states import allows
from services.console.typed import data_of
from services.console.values import Shown, Writer

INVALID = "INVALID_ARGUMENT"
FIRST_ROWS = 5
PAGE_ROWS = 50
CSV_PAGE_ROWS = 200
MAX_CSV_ROWS = 10_000
CHART_ROWS = 50
SECTION_ROWS = 20
MAX_LOOKED_AT_PAGES = 10


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows on a page. refusal: why there are none. more: the address of the next page, or of the whole list."""

    title: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Shown]] = ()
    acts: Sequence[Sequence[tuple[str, str]]] = ()
    refusal: str = ""
    more: str = ""
    whole: str = ""
    fields: Sequence[tuple[str, Shown]] = ()


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A chart on a page. refusal: why there is none. whole: the address of the list that it is made of."""

    title: str
    bars: Sequence[Bars] = ()
    refusal: str = ""
    whole: str = ""


async def first_page(visit: Visit) -> Response:
    """The first cockpit that is for this person."""
    mine = (one for one in visit.console.book.cockpits.values() if visit.sees(one))
    found = next(mine, None)
    return RedirectResponse(f"/cockpits/{found.name}", 303) if found else visit.page("nothing.html")


async def cockpit_page(visit: Visit) -> Response:
    """A cockpit: what waits, figures, and the way to everything else."""
    cockpit = visit.console.book.cockpits.get(visit.request.path_params["name"])
    if cockpit is None or not visit.sees(cockpit):
        raise HTTPException(404)
    book = visit.console.book
    waiting = [book.lists[name] for name in cockpit.waiting if visit.may(book.lists[name].method)]
    charts = [book.charts[name] for name in cockpit.charts if visit.may(book.charts[name].method)]
    own = [one for one in cockpit.own if visit.may(one.method)]
    mine = {name: visit.caller.partner_id for one in own for name in one.by}
    found = await asyncio.gather(
        *(_first_rows(visit, one) for one in waiting),
        *(_section(visit, one, {name: mine[name] for name in one.by}) for one in own),
    )
    drawn = await asyncio.gather(*(_chart(visit, name) for name in (one.name for one in charts)))
    return visit.page(
        "cockpit.html",
        cockpit=cockpit,
        tables=found,
        charts=drawn,
        lists=[book.lists[name] for name in cockpit.lists if visit.may(book.lists[name].method)],
        acts=acts_of(visit, cockpit.acts),
    )


async def list_page(visit: Visit) -> Response:
    """A page of a list, with its filters."""
    one = _list(visit)
    typed = _typed(visit, one)
    token = visit.request.query_params.get("page_token", "")
    try:
        answer = await visit.read(one.method, {**typed, **one.fixed}, page_size=PAGE_ROWS, page_token=token)
        table, following = _table(visit, one, answer), getattr(answer, "next_page_token", "")
    except CallFailed as err:
        if err.code != INVALID or not one.filters:
            raise
        table, following = Table(title=visit.speech.text(one.title), refusal=_refusal(err)), ""
    path = f"/lists/{one.name}"
    return visit.page(
        "list.html",
        page=one,
        table=table,
        filters=_filters(visit, one, typed),
        orders=_orders(visit, one),
        order=typed.get("order_by", ""),
        following=address(path, **typed, page_token=following) if following else "",
        first=address(path, **typed) if token else "",
        csv=address(f"{path}.csv", **typed),
        acts=acts_of(visit, one.acts),
    )


async def list_csv(visit: Visit) -> Response:
    """The rows of a list as CSV, MAX_CSV_ROWS at most."""
    one = _list(visit)
    typed = _typed(visit, one)
    first = await visit.read(one.method, {**typed, **one.fixed}, page_size=CSV_PAGE_ROWS)
    headers = {"content-disposition": f'attachment; filename="{one.name}.csv"'}
    return StreamingResponse(csv_lines(visit, one, typed, first), media_type="text/csv; charset=utf-8", headers=headers)


async def document_page(visit: Visit) -> Response:
    """A document with its sections, and what can be done with it."""
    named = visit.request.path_params["id"]
    document = document_of(visit, named)
    answer = await visit.read(document.method, {document.by: named})
    found = getattr(answer, document.field)
    writer = _opening(visit, document, found)
    sections = [one for one in document.sections if visit.may(one.method)]
    tables = await asyncio.gather(
        *(_section(visit, one, {name: _text(found, path) for name, path in one.by.items()}) for one in sections)
    )
    return visit.page(
        "document.html",
        document=document,
        id=named,
        heading=writer.at(found, document.heading) if document.heading else Shown(named),
        fields=writer.fields(found),
        beside=writer.fields(answer, [document.field, "next_page_token"]),
        charts=[Drawn(title=visit.speech.text(one.title), bars=bands_of(visit, one, found)) for one in document.graphs],
        tables=tables,
        acts=acts_of(visit, document.acts, found),
        package=document.prefix == PREFIX and visit.may_call(DOWNLOADS[KEY]) and allows(found, KEY),
    )


def _opening(visit: Visit, document: Document, found: Message) -> Writer:
    """A writer that leads from parts of this document to the lists of what they are made of."""

    def opens(one: Opening) -> Callable[[Message], str]:
        own = data_of(found, visit.speech)

        def href(part: Message) -> str:
            inside = data_of(part, visit.speech)
            said = {name: inside.get(path, [""])[0] for name, path in one.by.items()}
            said |= {name: own.get(path, [""])[0] for name, path in one.own.items()}
            return address(f"/lists/{one.list}", **said)

        return href

    book = visit.console.book
    mine = [one for one in document.openings if visit.may(book.lists[one.list].method)]
    return Writer(visit.speech, visit.link, {one.part: opens(one) for one in mine})


def document_of(visit: Visit, id: str) -> Document:
    """The page of a document that this person may see; 404 for any other."""
    parts = parse(id)
    document = visit.console.book.documents.get(parts.prefix) if parts else None
    if document is None or not visit.may(document.method):
        raise HTTPException(404)
    return document


async def row_of(visit: Visit, act: str, id: str) -> tuple[List, Message] | None:
    """The row with this id of the list that offers the act in its rows; None if it is not among the first ones."""
    for one in (found for found in visit.console.book.lists.values() if act in found.row_acts):
        token = ""
        for _ in range(MAX_LOOKED_AT_PAGES):
            answer = await visit.read(one.method, dict(one.fixed), page_size=CSV_PAGE_ROWS, page_token=token)
            for row in _rows(one.method, answer):
                if row.id == id:
                    return one, row
            if not (token := answer.next_page_token):
                break
    return None


def acts_of(visit: Visit, acts: Sequence[str], found: Any = None) -> list[tuple[str, str]]:
    """The labels and addresses of the acts that this person may do, as far as the state of the document allows."""
    document = found.id if found is not None else ""
    return [
        (visit.speech.act(METHODS[one].name), address(f"/acts/{one}", document=document))
        for one in acts
        if visit.may(one) and (found is None or allows(found, one))
    ]


def _list(visit: Visit) -> List:
    one = visit.console.book.lists.get(visit.request.path_params["name"])
    if one is None or not visit.may(one.method):
        raise HTTPException(404)
    return one


def _typed(visit: Visit, one: List) -> dict[str, str]:
    """What the address says of the filters of a list, and of its order."""
    asked = visit.request.query_params
    found = {name: asked.get(name, "").strip() for name in one.filters}
    order = asked.get("order_by", "")
    if order.removesuffix(" desc") in one.orders:
        found["order_by"] = order
    return {name: value for name, value in found.items() if value}


def _filters(visit: Visit, one: List, typed: Mapping[str, str]) -> list[Input]:
    form = Form(visit.speech, {name: [value] for name, value in typed.items()})
    inputs = form.inputs(METHODS[one.method].descriptor.input_type, only=one.filters) if one.filters else []
    return [msgspec.structs.replace(one, required=False) for one in inputs]


def _orders(visit: Visit, one: List) -> list[tuple[str, str]]:
    method = METHODS[one.method]
    labels = [
        (name, visit.speech.field(field_at(method.rows.message_type, name))) for name in one.orders if method.rows
    ]
    rising, falling = labels, [(f"{name} desc", f"{label} ↓") for name, label in labels]
    return [pair for both in zip(rising, falling, strict=True) for pair in both]


async def _first_rows(visit: Visit, one: List) -> Table:
    try:
        answer = await visit.read(one.method, dict(one.fixed), page_size=FIRST_ROWS)
    except CallFailed as err:
        return Table(title=visit.speech.text(one.title), refusal=_refusal(err))
    return msgspec.structs.replace(_table(visit, one, answer), whole=f"/lists/{one.name}")


def _table(visit: Visit, one: List, answer: Any) -> Table:
    rows = _rows(one.method, answer)
    return Table(
        title=visit.speech.text(one.title),
        heads=_heads(visit, one),
        rows=[[visit.writer.at(row, path) for path in one.columns] for row in rows],
        acts=[acts_of(visit, one.row_acts, row) for row in rows] if one.row_acts else (),
    )


async def _section(visit: Visit, one: Section, by: Mapping[str, str]) -> Table:
    title = visit.speech.text(one.title)
    if not all(by.values()):
        return Table(title=title)
    try:
        answer = await visit.read(one.method, {**one.fixed, **by}, page_size=SECTION_ROWS)
    except CallFailed as err:
        return Table(title=title, refusal="" if err.code == "NOT_FOUND" else _refusal(err))
    if not one.columns:
        return Table(title=title, fields=visit.writer.fields(answer, ["next_page_token"]))
    heads = _heads(visit, one)
    rows = [[visit.writer.at(row, path) for path in one.columns] for row in _rows(one.method, answer)]
    return Table(title=title, heads=heads, rows=rows)


async def _chart(visit: Visit, name: str) -> Drawn:
    chart = visit.console.book.charts[name]
    title = visit.speech.text(chart.title)
    try:
        answer = await visit.read(chart.method, dict(chart.fixed), page_size=CHART_ROWS)
    except CallFailed as err:
        return Drawn(title=title, refusal=_refusal(err))
    whole = address(f"/lists/{chart.whole}", **chart.fixed)
    return Drawn(title=title, bars=bars_of(visit, chart, _rows(chart.method, answer)), whole=whole)


async def csv_lines(
    visit: Visit, one: List, typed: Mapping[str, str], answer: Any, at_most: int = MAX_CSV_ROWS
) -> AsyncIterator[str]:
    """The lines of a list from its first page on; if there are more rows than `at_most`, the last line says so."""
    yield BEGIN + line_of(_heads(visit, one))
    left = at_most
    while True:
        rows, token = _rows(one.method, answer), getattr(answer, "next_page_token", "")
        for row in rows[:left]:
            yield line_of([visit.writer.at(row, path).flat for path in one.columns])
        left -= len(rows)
        if left < 0 or (token and not left):
            most = visit.speech.number(at_most)
            yield line_of(
                [visit.speech.text("More rows follow: a file has %(rows)s at most. Filter the list.", rows=most)]
            )
            return
        if not token:
            return
        answer = await visit.read(one.method, {**typed, **one.fixed}, page_size=CSV_PAGE_ROWS, page_token=token)


def _heads(visit: Visit, one: List | Section) -> list[str]:
    rows = METHODS[one.method].rows
    return [visit.speech.field(field_at(rows.message_type, path)) for path in one.columns] if rows else []


def _rows(key: str, answer: Any) -> list[Any]:
    field = METHODS[key].rows
    return list(getattr(answer, field.name)) if field else []


def _text(message: Message, path: str) -> str:
    return str(at(message, path) or "")


def _refusal(err: CallFailed) -> str:
    wrong = [f"{one.field}: {one.description}" for one in err.localized_violations]
    return "; ".join(wrong) or said_of(err) or err.code
