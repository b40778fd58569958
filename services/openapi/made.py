"""The document of this release, from the compiled protos."""

from importlib.metadata import version

import msgspec
from protovalidate import Validator

from libs.slices import grpc_services, packages
from services.openapi import comments
from services.openapi import document as documents


def document() -> bytes:
    """The document as JSON; takes a second or two."""
    services = [one for name in packages() for one in grpc_services(name)]
    return msgspec.json.encode(documents.render(services, comments.read(), Validator(), release=version("prm")))
