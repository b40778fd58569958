"""The reasons of violations: those of the rules in the protos, and those that the code gives."""

import ast
import re
from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from google.protobuf.message import Message

from libs.pb.buf.validate import validate_pb2
from tests.contracts.proto.image import BUILT, ROOT

NAME = re.compile(r"[A-Z][A-Z0-9_]{3,}")
ALIASES = {"NO_EMAIL", "NO_GOVERNMENT_ID", "NO_NAME", "NO_PERSON_ID", "NO_PHONE"}  # `NO_` and a kind of alias
NO_REASONS = {"RATE_BASIS_PLAN"}  # a name in the text of a violation

_NESTED = ("items", "keys", "values")
_NO_RULES = ("example", "strict")


def of_rules() -> set[str]:
    """The reasons that the rules of all messages of the product give."""
    found: set[str] = set()
    for file in FileDescriptorSet.FromString(BUILT.read_bytes()).file:
        if file.package.startswith("prm."):
            for message in file.message_type:
                found |= set(_of_message(message))
    return {re.sub(r"\W+", "_", one).upper() for one in found}


def of_code(sources: dict[str, str]) -> set[str]:
    """The reasons that calls of `Violation` give. Where a call gets its reason from a variable, all names in capitals
    of the function around it count."""
    found: set[str] = set()
    for source in sources.values():
        tree = ast.parse(source)
        around = {
            inner: outer for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for inner in ast.walk(outer)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "Violation":
                given = [*call.args[2:], *(one.value for one in call.keywords if one.arg == "reason")]
                for reason in given or [ast.Constant("INVALID")]:
                    found |= set(_named(reason)) or set(_named(around.get(call, reason)))
    return found - NO_REASONS


def sources() -> dict[str, str]:
    """The modules of the product by path, without generated ones."""
    paths = (path for root in ("libs", "services") for path in (ROOT / root).rglob("*.py"))
    return {str(one): one.read_text() for one in paths if "libs/pb/" not in str(one) and "/train/" not in str(one)}


def _named(tree: ast.AST) -> Iterator[str]:
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and NAME.fullmatch(one.value):
            yield one.value


def _of_message(message: DescriptorProto) -> Iterator[str]:
    options = message.options.Extensions[validate_pb2.message]
    yield from (rule.id for rule in options.cel)
    yield from ("oneof" for _ in options.oneof)
    for field in message.field:
        yield from _of_field(field.options.Extensions[validate_pb2.field])
    for nested in message.nested_type:
        yield from _of_message(nested)


def _of_field(rules: Message) -> Iterator[str]:
    asked = validate_pb2.FieldRules.FromString(rules.SerializeToString())
    if asked.required:
        yield "required"
    yield from (rule.id for rule in asked.cel)
    if kind := asked.WhichOneof("type"):
        for field, value in getattr(asked, kind).ListFields():
            if field.name in _NESTED:
                yield from _of_field(value)
            elif field.name not in _NO_RULES:
                yield f"{kind}.{field.name}"
