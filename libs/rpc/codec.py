"""How the bytes of a unary method are read and written; the wrapper does everything else for all codecs."""

from collections.abc import Callable

import msgspec
from google.protobuf.message import Message


class Codec(msgspec.Struct, frozen=True):
    """decode: the parsed request, not checked yet; InvalidInput, TooLarge. encode: the bytes of an answer. escapes:
    whether one text can be written in different bytes, so that a search in the bytes of a request proves nothing."""

    decode: Callable[[bytes], Message]
    encode: Callable[[Message], bytes]
    escapes: bool = False
