"""Acts: a form for the request of a method, and what happens when it is sent.

The form brings a request_id that was made with it, so a double click or a repeated POST has one effect. Whatever the
cell answers, what was typed stays in the form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from google.protobuf.message import Message
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from libs.errors import Violation
from libs.ids import parse, unique
from libs.pb.prm.options.v1 import rules_pb2
from libs.rpc.client import CallFailed
from services.console.failing import is_signed_out, said_of, status_of
from services.console.forms import CURRENCY, Data, Form, beside, rows_of, without_blank_rows
from services.console.methods import METHODS, Method, rules_of
from services.console.reading import document_of, row_of
from services.console.server import Visit
from services.console.typed import Reader, data_of
from services.console.values import Shown

ADD = "_add"
UNREADABLE_STATUS = 422
REUSED, CHANGED = "REQUEST_ID_REUSED", "ETAG_MISMATCH"
_NOT_TYPED = ("csrf", "request_id", "etag", "document", ADD)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The document that an act is about. found: None if it could not be read just now."""

    id: str = ""
    heading: Shown = Shown()
    fields: Sequence[tuple[str, Shown]] = ()
    found: Message | None = None
    etag: str = ""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it is shown. data: what was typed. etag: of the document when the form was first shown; empty = as it
    is now. said: the refusal of the cell, or of the console. changed: whether the document changed after that."""

    request_id: str
    data: Data
    etag: str = ""
    errors: Mapping[str, Sequence[str]] = {}
    said: str = ""
    reason: str = ""
    changed: bool = False


async def act_form(visit: Visit) -> Response:
    """The empty form, filled with what the address names, or with what was typed before the session expired."""
    method = _method(visit)
    about = await _about(visit, method, visit.request.query_params.get("document", ""))
    kept = visit.session.kept.pop(visit.request.url.path, None) if visit.session else None
    if kept is not None:
        again = visit.speech.text("You were signed out. This is what you had typed; check it and send it again.")
        filled = Filled(request_id=_one(kept, "request_id"), data=_content(kept), etag=_one(kept, "etag"), said=again)
        return _page(visit, method, about, filled)
    asked = {name: [value] for name, value in visit.request.query_params.items() if name != "document"}
    if "update_mask" in method.takes and about.found is not None:
        asked |= data_of(about.found, visit.speech)
    return _page(visit, method, about, Filled(request_id=unique(), data=asked))


async def act(visit: Visit, posted: Data) -> Response:
    """Send what was typed; then the page of what was changed, or the form again with the refusal."""
    method = _method(visit)
    data, document = without_blank_rows(_content(posted)), _one(posted, "document")
    filled = Filled(request_id=_one(posted, "request_id") or unique(), data=data, etag=_one(posted, "etag"))
    if posted.get(ADD):
        return _page(visit, method, await _about(visit, method, document), _with_row(filled, _one(posted, ADD)))
    reader, message = Reader(visit.speech, data), method.request()
    reader.fill(message)
    if reader.violations:
        about = await _about(visit, method, document)
        return _page(visit, method, about, _refused(visit, filled, reader.violations), UNREADABLE_STATUS)
    try:
        await _complete(visit, method, message, posted, filled.request_id)
        answer = await visit.call(method, message)
    except CallFailed as err:
        if is_signed_out(err):
            raise
        if err.reason == REUSED:  # the form was changed after it had been sent: it is another one from now on
            filled = msgspec.structs.replace(filled, request_id=unique())
        if err.reason == CHANGED:  # sent once more, the form is about the document as it is now
            filled = msgspec.structs.replace(filled, etag="", changed=True)
        said = said_of(err) or visit.speech.text("The cell cannot be reached.")
        refused = _refused(visit, filled, err.localized_violations, said=said, reason=err.reason or err.code)
        return _page(visit, method, await _about(visit, method, document), refused, status_of(err))
    return _after(visit, method, answer, document)


async def again(visit: Visit, posted: Data, *, said: str, status: int) -> Response:
    """The form as it was filled, unsent, with why; from now on it is one of this session."""
    method = _method(visit)
    data = without_blank_rows(_content(posted))
    filled = Filled(request_id=unique(), data=data, etag=_one(posted, "etag"), said=said)
    return _page(visit, method, await _about(visit, method, _one(posted, "document")), filled, status)


async def _complete(visit: Visit, method: Method, message: Any, posted: Data, request_id: str) -> None:
    """Add to a request what is not typed: its id, the document, and for an update which fields changed."""
    document = _one(posted, "document")
    if name := _names_document(method, document):
        setattr(message, name, document)
    if visit.caller.partner_id and "partner_id" in method.takes and not message.partner_id:
        message.partner_id = visit.caller.partner_id
    if "request_id" in method.takes:
        message.request_id = request_id
    if "etag" in method.takes and name == "id":  # of any other field it is the etag of another document
        message.etag = _one(posted, "etag")
    if "update_mask" in method.takes:
        known = document_of(visit, document)
        now = getattr(await visit.read(known.method, {known.by: document}), known.field)
        message.update_mask.paths.extend(_changed(visit, method, message, now))


def _changed(visit: Visit, method: Method, message: Any, now: Any) -> list[str]:
    """The fields of an update that differ from the document, as a person would have typed both."""
    unchanged = method.request()
    Reader(visit.speech, data_of(now, visit.speech)).fill(unchanged)
    typed, held = data_of(message, visit.speech), data_of(unchanged, visit.speech)
    names = [one.name for one in message.DESCRIPTOR.fields if one.name in now.DESCRIPTOR.fields_by_name]
    return [name for name in names if name not in ("id", "etag") and _below(typed, name) != _below(held, name)]


def _below(data: Data, name: str) -> Data:
    heads = (f"{name}.", f"{name}[")
    return {path: value for path, value in data.items() if path == name or path.startswith(heads)}


def _after(visit: Visit, method: Method, answer: Any, document: str) -> Response:
    """The page of what was changed, with a notice; of an act that waits for a second person, the notice says so."""
    assert visit.session is not None
    label = visit.speech.act(method.name)
    waits = "decision" in answer.DESCRIPTOR.fields_by_name and answer.HasField("decision")
    if waits and answer.decision.state == 1:
        text = visit.speech.text("%(act)s: nothing has changed yet. A second person must confirm it.", act=label)
    else:
        text = visit.speech.text("%(act)s: done.", act=label)
    said = [
        f"{visit.speech.field(one)}: {getattr(answer, one.name)}"
        for one in answer.DESCRIPTOR.fields
        if one.message_type is None and one.enum_type is None and not one.is_repeated and getattr(answer, one.name)
    ]
    visit.session.notice = " ".join([text, *said])
    changed = [one for one in answer.DESCRIPTOR.fields if one.message_type is not None and not one.is_repeated]
    ids = [getattr(getattr(answer, one.name), "id", "") for one in changed if answer.HasField(one.name)]
    places = [visit.link(one) for one in (document, *ids) if one]
    return RedirectResponse(next(filter(None, places), "/"), 303)


def _method(visit: Visit) -> Method:
    key = visit.request.path_params["key"]
    if key not in visit.console.book.acts or not visit.may(key):
        raise HTTPException(404)
    return METHODS[key]


async def _about(visit: Visit, method: Method, id: str) -> About:
    """The document of an act as it is now; without its content if the cell does not show it."""
    if not id or not _names_document(method, id):
        return About()
    parts = parse(id)
    known = parts is not None and parts.prefix in visit.console.book.documents
    try:
        if known:
            document = document_of(visit, id)
            found = getattr(await visit.read(document.method, {document.by: id}), document.field)
            heading = visit.writer.at(found, document.heading) if document.heading else Shown(id)
        else:
            listed = await row_of(visit, method.key, id)
            found, heading = (listed[1] if listed else None), Shown(id)
    except CallFailed as err:
        if is_signed_out(err):
            raise
        return About(id=id, heading=Shown(id))
    if found is None:
        return About(id=id, heading=heading)
    return About(
        id=id, heading=heading, fields=visit.writer.fields(found), found=found, etag=str(getattr(found, "etag", ""))
    )


def _names_document(method: Method, id: str) -> str:
    """The field of the request that takes this id; empty if none does."""
    parts = parse(id)
    if parts is None:
        return ""
    named = [
        name
        for name, field in method.takes.items()
        if not field.is_repeated and rules_of(field).string.Extensions[rules_pb2.id] == parts.prefix
    ]
    return "id" if "id" in named else next(iter(named), "")


def _page(visit: Visit, method: Method, about: About, filled: Filled, status: int = 200) -> Response:
    own = [_names_document(method, about.id)] if about.id else []
    hidden = [*own, *(["partner_id"] if visit.caller.partner_id and "id" in method.takes else [])]
    form = Form(visit.speech, filled.data, filled.errors, currency=visit.console.cell.currency)
    inputs = form.inputs(method.descriptor.input_type, leave_out=hidden)
    if filled.changed and about.found is not None and "update_mask" in method.takes:
        held = Form(visit.speech, data_of(about.found, visit.speech), currency=visit.console.cell.currency)
        inputs = beside(inputs, held.inputs(method.descriptor.input_type, leave_out=hidden), visit.speech.text("empty"))
    return visit.page(
        "act.html",
        status,
        method=method,
        label=visit.speech.act(method.name),
        about=about,
        filled=filled,
        inputs_found=inputs,
    )


def _refused(
    visit: Visit, filled: Filled, violations: Sequence[Violation], *, said: str = "", reason: str = ""
) -> Filled:
    """The form with the violations beside their inputs; those that belong to no input are said at the top."""
    errors: dict[str, list[str]] = {}
    for one in violations:
        errors.setdefault(one.field, []).append(one.description)
    general = said or visit.speech.text("Some of it cannot be read. Nothing was sent.")
    return msgspec.structs.replace(filled, errors=errors, said=general, reason=reason)


def _with_row(filled: Filled, name: str) -> Filled:
    """The form with one more empty row in a list."""
    count = max(rows_of(filled.data, name), 1)
    return msgspec.structs.replace(filled, data={**filled.data, f"{name}[{count}]{CURRENCY}": [""]})


def _content(posted: Data) -> Data:
    return {name: values for name, values in posted.items() if name not in _NOT_TYPED}


def _one(data: Data, name: str) -> str:
    return next(iter(data.get(name, ())), "")
