"""Rules about methods: who may call them, what makes them safe to repeat, how their lists are paged."""

import re
from collections.abc import Iterator

from libs.pb.prm.options.v1 import options_pb2
from tests.contracts.proto.image import KIND, LOOKED, Image, Method

_LARGEST = 2**31 - 1
_TOTAL = ("total_size", "total_size_is_lower_bound")


def unguarded(image: Image) -> Iterator[str]:
    """Every RPC says which permission it needs and how far it reaches."""
    for method in image.methods:
        yield LOOKED
        access, service = method.access, method.file.package.split(".")[1]
        if access is None:
            yield f"{method.name} has no access option"
            continue
        for permission in (access.permission, *access.by_request):
            if not re.fullmatch(rf"{service}\.[a-z][a-z_]*\.[a-z][a-z_]*", permission):
                yield f"{method.name} needs {permission!r}, which is not {service}.<noun>.<verb>"
        if access.scope == options_pb2.SCOPE_UNSPECIFIED:
            yield f"{method.name} does not say how far it reaches"


def misnamed_partner_fields(image: Image) -> Iterator[str]:
    """`partner_field` names a partner id of the request, and a partner-scoped request with one names it."""
    for method in image.methods:
        if method.access is None:
            continue
        named, fields = method.access.partner_field, {one.desc.name: one for one in method.request.fields}
        partner_scoped = method.access.scope == options_pb2.SCOPE_PARTNER
        if named or partner_scoped:
            yield LOOKED
        if named and (not partner_scoped or named not in fields or fields[named].id_prefix != "ptn"):
            yield f"{method.name}: {named} is no partner id of the request"
        if partner_scoped and not named and "partner_id" in fields:
            yield f"{method.name} does not name partner_id as its partner_field"


def odd_answers(image: Image) -> Iterator[str]:
    """Only what a partner's people change can be their answer."""
    for method in image.methods:
        if method.access is not None and method.access.answers:
            may = method.access.scope == options_pb2.SCOPE_PARTNER and not method.access.read_only
            yield LOOKED if may else f"{method.name} is an answer, and nothing that a partner's people change"


def unrepeatable(image: Image) -> Iterator[str]:
    """A mutation takes a request_id, and an etag of what it changes; a read takes neither.

    A stream takes none: its rows carry external ids, or it can be taken again.
    """
    for method in image.methods:
        fields = {one.desc.name for one in method.request.fields}
        if method.access is None or not method.unary:
            continue
        yield LOOKED
        if method.access.read_only and fields & {"request_id", "etag"}:
            yield f"{method.name} is read only and takes a request_id or an etag"
        if not method.access.read_only and "request_id" not in fields:
            yield f"{method.name} changes something and takes no request_id"
        if not method.access.read_only and "id" in fields and "etag" not in fields:
            yield f"{method.name} changes what exists and takes no etag"


# The rivals of a claim by their rank; pending decisions, a downline, open credits and reports by their own order.
_UNORDERED = {
    *("ListConflicts", "ListDecisions", "ListDownline", "ListOpenCredits", "ListSatisfactionReports"),
    *("ListDeadlines", "ListDueNotices"),  # the earliest first
    *("ListBreaches", "ListNotices", "ListPurposes", "ListPrivacyNotices", "ListTransfers"),  # registers are short
    *("ListCompetitorNotes", "ListProjectOrders", "ListWinBacks"),  # by time
    "ListLegalHolds",  # so is the register of holds
}


def unpaged(image: Image) -> Iterator[str]:
    """A list has pages of any size that is asked for, up to the limit, and its response holds them and the next token;
    where a caller may ask how many there are, also that. Every list is ordered and counted on request, but those that
    are short or have an order of their own."""
    for method in image.methods:
        fields = {one.desc.name: one for one in method.request.fields}
        request = {name: one.desc.type for name, one in fields.items()}
        if method.desc.name.startswith("List"):
            yield LOOKED
            if request.get("page_size") != KIND.TYPE_INT32 or request.get("page_token") != KIND.TYPE_STRING:
                yield f"{method.name} takes no page_size and page_token"
            elif fields["page_size"].rules.int32.lte != _LARGEST:
                yield f"{method.name} refuses a page_size that is to be taken as the limit"
            if method.desc.name not in _UNORDERED and not {"order_by", "include_total_size"} <= set(request):
                yield f"{method.name} takes no order_by and include_total_size"
            if not _is_page(method):
                yield f"{method.name} does not answer rows and a next_page_token"


def _is_page(method: Method) -> bool:
    rows = [one for one in method.response.fields if one.repeated]
    rest = [one.desc.name for one in method.response.fields if not one.repeated]
    asked = any(one.desc.name == "include_total_size" for one in method.request.fields)
    page = ["next_page_token", *(_TOTAL if asked else ())]
    return len(rows) == 1 and rest in (page, [*page, "as_of"])
