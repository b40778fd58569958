"""The comments of the protos, by the full name of what they are about."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

import libs.pb

# Numbers of FileDescriptorProto, and of what each of these contains.
_MESSAGES, _ENUMS, _SERVICES, _INNER = 4, 5, 6, 2


def read() -> Mapping[str, str]:
    """Those of every message, field, enum, value, service and method, each on one line."""
    image = Path(next(iter(libs.pb.__path__))) / "image.binpb"
    return dict(_found(FileDescriptorSet.FromString(image.read_bytes())))


def _found(files: FileDescriptorSet) -> Iterator[tuple[str, str]]:
    for file in files.file:
        told = {tuple(one.path): " ".join(one.leading_comments.split()) for one in file.source_code_info.location}
        kinds: dict[int, Any] = {_MESSAGES: file.message_type, _ENUMS: file.enum_type, _SERVICES: file.service}
        for kind, listed in kinds.items():
            for at, one in enumerate(listed):
                name = f"{file.package}.{one.name}"
                yield name, told.get((kind, at), "")
                for place, inner in enumerate(_inner(one)):
                    yield f"{name}.{inner.name}", told.get((kind, at, _INNER, place), "")


def _inner(of: Any) -> Any:
    """The fields of a message, the values of an enum, the methods of a service."""
    return getattr(of, "field", None) or getattr(of, "value", None) or getattr(of, "method", ())
