"""The reasons of refusals: those that the code raises, those that the enum says, and the table of the README."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorSet

import libs
import services
from libs.errors import AppError
from tests.contracts.proto.image import BUILT, ROOT

ENUM_FILE, ENUM, PREFIX = "prm/common/v1/error_reason.proto", "ErrorReason", "ERROR_REASON_"
README = ROOT / "proto" / "README.md"
BEGIN, END = "<!-- reasons, from error_reason.proto -->\n", "<!-- end of reasons -->\n"

_GENERATED = "libs.pb"
_ENUM_FIELD, _VALUE_FIELD = 5, 2  # of FileDescriptorProto and EnumDescriptorProto, in paths of source locations


class Said(NamedTuple):
    """What the enum says of a reason: gRPC's name of its code, and when."""

    code: str
    when: str


def raised() -> dict[str, set[str]]:
    """The names of the codes of every reason that a class of the product gives; INTERNAL stands for bugs."""
    for package in (libs, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and not module.name.startswith(_GENERATED):
                importlib.import_module(module.name)
    found: dict[str, set[str]] = {"INTERNAL": {"INTERNAL"}}
    for one in _below(AppError):
        if one.__module__.startswith(("libs.", "services.")) and hasattr(one, "reason"):
            found.setdefault(one.reason, set()).add(one.code.name)
    return found


def said() -> dict[str, Said]:
    """By reason, in the order of the enum. A comment is `CODE: when.`"""
    files = FileDescriptorSet.FromString(BUILT.read_bytes()).file
    file = next(one for one in files if one.name == ENUM_FILE)
    comments = {tuple(one.path): " ".join(one.leading_comments.split()) for one in file.source_code_info.location}
    at, enum = next((at, one) for at, one in enumerate(file.enum_type) if one.name == ENUM)
    found = {}
    for number, value in enumerate(enum.value):
        if value.number:
            code, _, when = comments[_ENUM_FIELD, at, _VALUE_FIELD, number].partition(": ")
            found[value.name.removeprefix(PREFIX)] = Said(code, when)
    return found


def table(reasons: Mapping[str, Said]) -> str:
    """The rows of the README."""
    rows = [f"| {one.code} | {reason} | {one.when} |" for reason, one in reasons.items()]
    return "\n".join(["| code | reason | when |", "|---|---|---|", *rows]) + "\n"


def stated() -> str:
    """The table as the README has it."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Put the table of the enum into the README; run by `make reasons`."""
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(before + BEGIN + table(said()) + END + rest.partition(END)[2])


def _below(one: type[AppError]) -> Iterator[type[AppError]]:
    for sub in one.__subclasses__():
        yield sub
        yield from _below(sub)


if __name__ == "__main__":
    main()
