"""What was promised to callers stays: nothing of proto/baseline.binpb is removed, renumbered or made another type.

`make baseline` accepts the protos as they are as the new promise; an addition needs it, so that it is promised as well.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2 as pb

from tests.contracts.proto.image import BUILT, ROOT, Image

BASELINE = ROOT / "proto" / "baseline.binpb"
BUF = Path(sys.executable).parent / "buf"
TIMEOUT_SECONDS = 60

Change = Callable[[pb.FileDescriptorSet], None]


def test_nothing_promised_is_gone() -> None:
    assert _broken(BUILT, against=BASELINE) == ""


def test_nobody_is_let_in_or_kept_out_by_a_change_in_passing() -> None:
    """A promised method asks for the permission it asked for, and reaches as far: policies of operators rest on it."""
    promised, found = _accesses(BASELINE), _accesses(BUILT)
    assert {name: found[name] for name in promised.keys() & found.keys()} == promised, "meant? run `make baseline`"


def test_extension_numbers_stay() -> None:
    """Options and rules of form travel by number, in descriptors that clients hold; buf does not compare them."""
    promised, found = _extensions(BASELINE), _extensions(BUILT)
    assert promised, "the baseline has no extensions: nothing was compared"
    assert found == promised, "meant? run `make baseline`"


def test_everything_is_promised() -> None:
    assert _broken(BASELINE, against=BUILT) == "", "something was added: run `make baseline` and commit it"


def _remove_field(files: pb.FileDescriptorSet) -> None:
    del _registration(files).field[4]


def _renumber_field(files: pb.FileDescriptorSet) -> None:
    _registration(files).field[4].number = 99


def _change_type(files: pb.FileDescriptorSet) -> None:
    _registration(files).field[2].type = pb.FieldDescriptorProto.TYPE_BYTES


def _rename_field(files: pb.FileDescriptorSet) -> None:
    _registration(files).field[2].name = "seller_id"


def _remove_value(files: pb.FileDescriptorSet) -> None:
    del _file(files, "registration").enum_type[0].value[10]


def _renumber_value(files: pb.FileDescriptorSet) -> None:
    _file(files, "registration").enum_type[0].value[10].number = 11


def _remove_method(files: pb.FileDescriptorSet) -> None:
    del _file(files, "deals_service").service[0].method[0]


def _remove_message(files: pb.FileDescriptorSet) -> None:
    del _file(files, "claims_events").message_type[0]


def _rename_in_json(files: pb.FileDescriptorSet) -> None:
    _registration(files).field[2].json_name = "seller"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_remove_field, '"5" with name "stage"'),
        (_renumber_field, '"5" with name "stage"'),
        (_change_type, '"partner_id"'),
        (_rename_field, '"seller_id"'),
        (_remove_value, 'enum value "10" on enum "Review"'),
        (_renumber_value, 'enum value "10" on enum "Review"'),
        (_remove_method, '"CreateRegistration"'),
        (_remove_message, '"RegistrationCreated"'),
        (_rename_in_json, '"seller"'),
    ],
)
def test_a_broken_promise_is_named(tmp_path: Path, change: Change, named: str) -> None:
    files = pb.FileDescriptorSet.FromString(BUILT.read_bytes())
    change(files)
    broken = tmp_path / "image.binpb"
    broken.write_bytes(files.SerializeToString())
    assert named in _broken(broken, against=BUILT)


def test_an_addition_breaks_nothing(tmp_path: Path) -> None:
    files = pb.FileDescriptorSet.FromString(BUILT.read_bytes())
    _registration(files).field.add(
        name="news",
        json_name="news",
        number=99,
        type=pb.FieldDescriptorProto.TYPE_BOOL,
        label=pb.FieldDescriptorProto.LABEL_OPTIONAL,
    )
    grown = tmp_path / "image.binpb"
    grown.write_bytes(files.SerializeToString())
    assert _broken(grown, against=BUILT) == ""


def _accesses(image: Path) -> dict[str, tuple[str, int, str]]:
    """Permission, scope and partner field by method."""
    methods = Image(pb.FileDescriptorSet.FromString(image.read_bytes())).methods
    accesses = {one.name: one.access for one in methods if one.access is not None}
    return {name: (one.permission, one.scope, one.partner_field) for name, one in accesses.items()}


def _extensions(image: Path) -> dict[str, tuple[str, int]]:
    """What each extension extends and its number, by full name."""
    files = pb.FileDescriptorSet.FromString(image.read_bytes()).file
    return {
        f"{file.package}.{one.name}": (one.extendee, one.number)
        for file in files
        if file.package.startswith("prm.")
        for one in file.extension
    }


def _broken(image: Path, *, against: Path) -> str:
    done = subprocess.run(
        [BUF, "breaking", image, "--against", against, "--config", ROOT / "proto" / "buf.yaml"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode in (0, 100), done.stderr
    return done.stdout


def _registration(files: pb.FileDescriptorSet) -> pb.DescriptorProto:
    return _file(files, "registration").message_type[0]


def _file(files: pb.FileDescriptorSet, name: str) -> pb.FileDescriptorProto:
    return next(one for one in files.file if one.name == f"prm/deals/v1/{name}.proto")
