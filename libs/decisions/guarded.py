"""What a service declares about a method that needs a second person, and how its command is stored."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from libs.call import SYSTEM, Call, Command
from libs.document import Document
from libs.env import Env
from libs.person import Person, PersonalText
from libs.store.port import Kind

C = TypeVar("C", bound=Command)
D = TypeVar("D", bound=Document)

_NO_CALL = Call(caller=SYSTEM, method="")


async def always(env: Env[Any], cmd: Any, after: Any) -> bool:
    """Default of `needed`: every act needs a second person."""
    return True


def nothing_more(cmd: Any) -> str:
    """Default of `by_request`: no permission besides that of the method."""
    return ""


def as_a_whole(cmd: Any) -> str:
    """Default of `part`: one act of this method may be pending per resource."""
    return ""


class Guarded(msgspec.Struct, Generic[C, D], frozen=True, kw_only=True):
    """One method. method, permission: as in its proto, which has `four_eyes` set. kind: of the resource it changes.
    use_case: takes `command` and commits once. by_request: the additional permission that this command needs, of those
    in `by_request` of the proto, or empty; the use case requires it too. summary: one line of codes, ids and amounts,
    never about a person, from the command and the changed resource. needed: whether the act, with the changed resource,
    needs a second person. part: the part of the resource that the act is about, if several acts of this method may be
    pending for one resource; else empty.
    """

    method: str
    permission: str
    kind: Kind[D]
    command: type[C]
    use_case: Callable[[Env[Any], C], Awaitable[D]]
    summary: Callable[[C, D], str]
    needed: Callable[[Env[Any], C, D], Awaitable[bool]] = always
    part: Callable[[C], str] = as_a_whole
    by_request: Callable[[C], str] = nothing_more

    def kept(self, cmd: C) -> dict[str, Any]:
        """The command in its stored form: without the author's call, and without the etag, which was compared when the
        act was begun."""
        bare = replace(cmd, call=_NO_CALL, **({"etag": ""} if "etag" in cmd.__struct_fields__ else {}))
        tree: dict[str, Any] = msgspec.to_builtins(bare, str_keys=True)
        return {name: value for name, value in tree.items() if name != "call"}

    def restored(self, kept: dict[str, Any], call: Call) -> C:
        """The stored command as a command of `call`; ValueError if this release cannot decode it."""
        tree = {**kept, "call": msgspec.to_builtins(_NO_CALL)}
        return replace(msgspec.convert(tree, self.command, str_keys=True), call=call)


def refuse_persons(command: type[Command]) -> None:
    """TypeError for a command that can hold a Person, because the answer to another person's request could not mask
    it."""
    _, components = msgspec.json.schema_components([command])
    if Person.__name__ in components:
        raise TypeError(f"{command.__name__} can hold a Person; a decision keeps none, name it by its id")


def named_in(value: object) -> Iterator[str]:
    """The ids of the persons that the texts of a command name; an id may occur more than once."""
    if isinstance(value, PersonalText):
        if value.person_id:
            yield value.person_id
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from named_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from named_in(one)
