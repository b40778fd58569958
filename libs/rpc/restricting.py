"""Masks rows with the data of persons whose data is restricted, in the answers to all callers but compliance.

A row is a message field of the answer, or an element of a repeated one. It is masked as a whole if an id in it is
restricted, of a person or of the document itself, because the texts in it that name nobody are about the same matter.
If the one row of an answer is masked, so is the rest of the answer, its comments for instance; an answer without ids is
masked if the request names a restricted document. Ids are found by the protos, so no servicer does anything for it.
"""

from collections.abc import Awaitable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from libs.call import Caller
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.restriction import Restrictions, restricted_data
from libs.rpc.masking import Masking

_IDS = "user.unique_id.pseudonymous"
_PERSON = "psn_"


class Restricting:
    """The restrictions of the answers of one method. restrictions: of its service; None for a service without."""

    def __init__(self, method: MethodDescriptor, masking: Masking, restrictions: Restrictions | None) -> None:
        self.permission = restricted_data(method.full_name.split(".")[1])
        self._masking = masking
        self._restrictions = restrictions if masking.any else None

    def guards(self, caller: Caller) -> Restrictions | None:
        """The restrictions to ask before the caller gets an answer; None if there are none, or the caller may read
        restricted data."""
        known = self._restrictions
        if known is None or known.none or self.permission in caller.permissions:
            return None
        return known

    def shown(self, answer: Message, caller: Caller, request: Message | None = None) -> Awaitable[Message] | None:
        """What makes the answer for this caller; None if it is the answer as it is."""
        known = self.guards(caller)
        return self._shown(answer, request, known) if known is not None else None

    async def _shown(self, answer: Message, request: Message | None, known: Restrictions) -> Message:
        ids = set(_ids_in(answer))
        if not ids and request is not None:
            whole = await known.among({*_ids_in(request), *_references(request)})
            return self._masking.masked(answer) if whole else answer
        restricted = await known.among(ids)
        if not restricted:
            return answer
        copy = type(answer)()
        copy.CopyFrom(answer)
        self._masking.mask_rows(copy, lambda row: any(one in restricted for one in _ids_in(row)))
        return copy


def _ids_in(message: Any) -> Iterator[str]:
    """The ids of persons and of the documents themselves in a message, at any depth; not references to others."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            if field.message_type.GetOptions().map_entry:
                continue
            for one in value if field.is_repeated else (value,):
                yield from _ids_in(one)
        elif field.type == FieldDescriptor.TYPE_STRING:
            if field.name == "id":
                yield value
            elif field.GetOptions().Extensions[options_pb2.category] == _IDS:
                yield from (one for one in (value if field.is_repeated else (value,)) if one.startswith(_PERSON))


def _references(request: Any) -> Iterator[str]:
    """The documents that a request names."""
    for field, value in request.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated and field.name.endswith("_id"):
            yield value
