"""What is made of the protos: nothing by a question, and by `prm protos` a tree that builds without this project."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

import libs.pb
from libs.pb.buf.validate import validate_pb2
from services.protos.tree import Packages, Unusable, write
from tests.contracts.proto.image import BUILT, ROOT

GENERATE = ROOT / "proto" / "generate.py"
BUF = Path(sys.executable).parent / "buf"
VALIDATE = "buf/validate/validate.proto"


def test_a_question_and_a_mistake_leave_the_modules_alone() -> None:
    image = Path(libs.pb.__path__[0]) / "image.binpb"
    before = image.stat()
    for argument, code in (("--help", 0), ("--no-such", 2)):
        done = subprocess.run([sys.executable, GENERATE, argument], capture_output=True, text=True, check=False)
        assert (done.returncode, "usage:" in done.stdout + done.stderr) == (code, True)
    assert (image.stat().st_ino, image.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_rules_are_those_that_the_engine_was_compiled_from() -> None:
    from protovalidate._gen.buf.validate import validate_pb

    engine = FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())
    rendered = FileDescriptorProto.FromString(validate_pb2.DESCRIPTOR.serialized_pb)
    assert _normal(rendered) == _normal(engine)


def test_the_tree_builds_with_buf_and_with_protoc_and_says_what_the_project_says(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    write(folder, Packages())
    _run(folder, BUF, "build", "-o", tmp_path / "buf.binpb")
    protos = [str(path.relative_to(folder)) for path in folder.rglob("*.proto")]
    image = f"--descriptor_set_out={tmp_path / 'protoc.binpb'}"
    _run(folder, sys.executable, "-I", "-m", "grpc_tools.protoc", "-I.", "--include_imports", image, *protos)
    ours = {name: text for name, text in _files(BUILT).items() if name.startswith("prm/")}
    for made in ("buf.binpb", "protoc.binpb"):
        found = _files(tmp_path / made)
        assert {name: found[name] for name in ours} == ours
        assert {VALIDATE, "google/rpc/status.proto", "google/rpc/error_details.proto"} < set(found)


def test_packages_lie_where_the_reader_wants_them(tmp_path: Path) -> None:
    write(tmp_path, Packages(go="example.com/erp/gen", java="com.example.erp", csharp="Example.Erp"))
    _run(tmp_path, BUF, "build", "-o", "image.binpb")
    found = FileDescriptorSet.FromString((tmp_path / "image.binpb").read_bytes())
    for file in found.file:
        if not file.name.startswith("google/"):
            path = file.options.go_package.partition(";")[0]
            assert path == f"example.com/erp/gen/{file.name.rpartition('/')[0]}"
            assert file.options.java_package.startswith("com.example.erp.")
            assert file.options.csharp_namespace.startswith("Example.Erp.")


def test_an_earlier_tree_is_replaced_and_what_lies_beside_it_stays(tmp_path: Path) -> None:
    write(tmp_path, Packages(go="example.com/erp"))
    gone, mine = tmp_path / "prm" / "old.proto", tmp_path / "gen" / "mine.go"
    for path in (gone, mine):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    write(tmp_path, Packages())
    assert (gone.exists(), mine.exists()) == (False, True)
    assert "example.com" not in (tmp_path / "prm/options/v1/options.proto").read_text()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "prm" / "mine.proto"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(Unusable):
        write(tmp_path, Packages())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize(
    "wrong", [{"go": "/a"}, {"go": 'a";b'}, {"java": "A.b"}, {"java": "a..b"}, {"csharp": "a"}, {"go": "a" * 201}]
)
def test_what_is_no_name_of_a_package_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Unusable):
        Packages(**wrong)


def _run(folder: Path, *command: object) -> None:
    """With nothing of this machine's settings."""
    done = subprocess.run(
        [str(one) for one in command],
        cwd=folder,
        env={"HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _files(image: Path) -> dict[str, bytes]:
    files = FileDescriptorSet.FromString(image.read_bytes()).file
    return {one.name: _normal(one) for one in files}


def _normal(file: FileDescriptorProto) -> bytes:
    """Without comments, without a compiler's own notes, and without what some leave out because it follows."""
    file = FileDescriptorProto.FromString(file.SerializeToString())
    file.DiscardUnknownFields()
    file.ClearField("source_code_info")
    waiting = list(file.message_type)
    fields = list(file.extension)
    while waiting:
        message = waiting.pop()
        waiting.extend(message.nested_type)
        fields.extend(message.field)
    for field in fields:
        field.ClearField("json_name")
    return file.SerializeToString(deterministic=True)
