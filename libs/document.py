"""The base of everything a service remembers."""

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A thing with an identity. `version` counts its changes, 1 at first; the store sets it, never the domain."""

    id: str
    version: int = 0
