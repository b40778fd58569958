"""A method that needs a second person: what a service says about it, and how its command is kept until then."""

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
    """Whatever it is about."""
    return True


def nothing_more(cmd: Any) -> str:
    """No permission beside that of the method."""
    return ""


def as_a_whole(cmd: Any) -> str:
    """One act of a kind may be pending for a resource."""
    return ""


class Guarded(msgspec.Struct, Generic[C, D], frozen=True, kw_only=True):
    """One method. method, permission: as its proto says, which has `four_eyes` set. kind: of the resource it changes.
    use_case: what it does, to be called with `command` and to commit once. by_request: which permission of those that
    the proto names so this command takes beside; the use case asks for it. The rest is asked with what the resource
    would become: summary: one line from codes, ids and amounts, never about a person. needed: whether this act needs a
    second person. part: what of the resource it is about, where several acts of this kind may be pending for one.
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
        """The command as it is stored: without the call, which was the author's, and without the etag, which was
        compared when the act was begun."""
        bare = replace(cmd, call=_NO_CALL, **({"etag": ""} if "etag" in cmd.__struct_fields__ else {}))
        tree: dict[str, Any] = msgspec.to_builtins(bare, str_keys=True)
        return {name: value for name, value in tree.items() if name != "call"}

    def restored(self, kept: dict[str, Any], call: Call) -> C:
        """The command, now asked for by `call`; ValueError if this release does not know its form any more."""
        tree = {**kept, "call": msgspec.to_builtins(_NO_CALL)}
        return replace(msgspec.convert(tree, self.command, str_keys=True), call=call)


def refuse_persons(command: type[Command]) -> None:
    """TypeError for a command that can hold a Person: an answer to somebody else's request could not mask it."""
    _, components = msgspec.json.schema_components([command])
    if Person.__name__ in components:
        raise TypeError(f"{command.__name__} can hold a Person; a decision keeps none, name it by its id")


def named_in(value: object) -> Iterator[str]:
    """The person ids in the texts of a command."""
    if isinstance(value, PersonalText):
        if value.person_id:
            yield value.person_id
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from named_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from named_in(one)
