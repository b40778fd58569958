"""What is read and written is ProtoJSON, as google's own library reads and writes it, for every message of a method."""

import json
from collections.abc import Iterator

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.errors import AppError, InvalidInput
from libs.rpc.http.reading import JsonReader, ReadingPlans
from libs.rpc.http.writing import JsonWriter, WritingPlans
from libs.slices import grpc_services
from services.demo.scenario import SERVICES
from tests.builders import an_id
from tests.effort import sampled, share
from tests.system.requests import requests

MEBIBYTE = 1024 * 1024
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
READING, WRITING = ReadingPlans(), WritingPlans()


def types() -> Iterator[Descriptor]:
    """The requests and answers of all methods."""
    for name in SERVICES:
        for service in grpc_services(name):
            for method in service.methods:
                yield method.input_type
                yield method.output_type


TYPES = list({one.full_name: one for one in types()}.values())


def read(descriptor: Descriptor, body: bytes) -> Message:
    """The message in a body."""
    return JsonReader(descriptor, READING, max_bytes=MEBIBYTE).read(body)


@pytest.mark.parametrize("descriptor", sampled(TYPES), ids=lambda one: one.full_name)
def test_every_message_is_written_and_read_as_the_library_does(descriptor: Descriptor) -> None:
    writer = JsonWriter(descriptor, WRITING)

    @settings(max_examples=share(8), deadline=None, database=None, suppress_health_check=QUIET)
    @given(requests(descriptor, [an_id("ptn")]), st.booleans())
    def check(message: Message, own_names: bool) -> None:
        try:
            theirs = json_format.MessageToDict(message)
        except (ValueError, json_format.Error):  # an instant beyond the year 9999, a path that is no name
            return
        assert json.loads(writer.write(message)) == theirs
        body = json_format.MessageToJson(message, preserving_proto_field_name=own_names)
        try:
            expected = json_format.Parse(body, type(message)())
        except json_format.ParseError:
            with pytest.raises(AppError):
                read(descriptor, body.encode())
            return
        assert read(descriptor, body.encode()) == expected

    check()


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["1", "-1", "1.0", "1e3", "0x1", " 1", "1s", "1.5s", "-3.000000001s", "2026-02-30T00:00:00Z", "a.b", "YWI", "="]
    ),
    st.sampled_from(
        ["2026-11-28T20:00:00Z", "2026-11-28T20:00:00.5+05:30", "0001-01-01T00:00:00Z", "EUR", "name,fooBar"]
    ),
)


def trees(descriptor: Descriptor) -> st.SearchStrategy[object]:
    """JSON with the names of this message, two levels of it, and values that may not fit."""
    names = [field.json_name for field in descriptor.fields] or ["x"]
    inner = sorted(
        {one.json_name for field in descriptor.fields if field.message_type for one in field.message_type.fields}
    )
    below = st.dictionaries(st.sampled_from(inner or ["x"]), SCALARS, max_size=4)
    values = st.one_of(SCALARS, below, st.lists(st.one_of(SCALARS, below), max_size=3))
    return st.dictionaries(st.sampled_from([*names, "nothingOfThis"]), values, max_size=6)


@pytest.mark.parametrize("descriptor", sampled(TYPES), ids=lambda one: one.full_name)
def test_whatever_is_read_the_library_reads_alike(descriptor: Descriptor) -> None:
    """And what is refused is refused with violations. We refuse more: signs, spaces and underscores in numbers."""

    @settings(max_examples=share(8), deadline=None, database=None, suppress_health_check=QUIET)
    @given(trees(descriptor))
    def check(tree: object) -> None:
        body = json.dumps(tree).encode()
        found = _read_or_refused(descriptor, body)
        if isinstance(found, Message):
            assert found == json_format.Parse(body, type(found)())
        else:
            assert all(one.field and one.description and one.reason.isupper() for one in found.violations)

    check()


def _read_or_refused(descriptor: Descriptor, body: bytes) -> Message | InvalidInput:
    try:
        return read(descriptor, body)
    except InvalidInput as err:
        return err
