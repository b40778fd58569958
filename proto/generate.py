"""Compile `proto/prm` into `libs/pb`; run by `make proto`, never at run time.

`libs/pb/protos` becomes what `prm protos` gives to integrators: the protos of the project and every file that they
import, out of the wheels that carry them, with settings for buf.
The rules of `buf.validate` are rendered from the descriptor that the protovalidate wheel carries, so that the
annotations and the engine that enforces them are always of one version.
"""

import argparse
import ast
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import google.rpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb
from rendering import render

_LAZY = """from importlib import import_module

_HOMES = {homes}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{{__name__}}.{{_HOMES[name]}}"), name)
    return found
"""

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "proto"
OUT = ROOT / "libs" / "pb"
BUILD = ROOT / ".build"
TREE = "protos"

VALIDATE = "buf/validate/validate.proto"
_VALIDATE_HEADER = f"""Rules for fields, as protovalidate {version("protovalidate")} evaluates them.

Copyright Buf Technologies, Inc.; Apache License, Version 2.0. Rendered from the compiled file in the wheel of
protovalidate, which has no comments; the original explains each rule."""
# What no message imports and callers need: the details of a refusal.
_REFUSALS = ("google/rpc/error_details.proto", "google/rpc/status.proto")
_IMPORT = re.compile(r'^import "(google/(?:type|rpc)/[a-z_/]+\.proto)";', re.MULTILINE)


def main() -> None:
    """Write the modules, their type stubs, the descriptor image with its comments, and the tree for integrators."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    tree, fresh = BUILD / TREE, BUILD / "pb"
    _collect(tree)
    _compile(tree, fresh)
    _localise(fresh)
    shutil.move(tree, fresh / TREE)
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.move(fresh, OUT)


def _collect(tree: Path) -> None:
    """The protos of the project with everything they import but google/protobuf, which every compiler has."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(SOURCE / "client", tree)
    shutil.copytree(SOURCE / "prm", tree / "prm")
    shutil.copy(SOURCE / "README.md", tree)
    rules = tree / VALIDATE
    rules.parent.mkdir(parents=True)
    rules.write_text(render(_rules(), VALIDATE, header=_VALIDATE_HEADER))
    common = Path(next(iter(google.rpc.__path__))).parent.parent
    wanted = {*_REFUSALS, *(one for path in tree.glob("prm/**/*.proto") for one in _IMPORT.findall(path.read_text()))}
    while wanted:
        name = wanted.pop()
        text = (common / name).read_text()
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
        wanted |= {one for one in _IMPORT.findall(text) if not (tree / one).exists()}


def _compile(tree: Path, out: Path) -> None:
    """Every file of `prm`, and the rules they refer to, into an empty folder."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = sorted(str(path.relative_to(tree)) for path in tree.glob("prm/**/*.proto"))
    stubs = f"--plugin=protoc-gen-mypy={Path(sys.executable).parent / 'protoc-gen-mypy'}"
    image = ["--include_imports", "--include_source_info", f"--descriptor_set_out={out / 'image.binpb'}"]
    known = BUILD / "google.binpb"
    known.write_bytes(FileDescriptorSet(file=_rules().file[:-1]).SerializeToString())
    places = [f"--descriptor_set_in={known}", f"-I{tree}", f"--python_out={out}", f"--mypy_out=quiet:{out}"]
    _protoc([*places, stubs, *image, *files, VALIDATE])


def _protoc(arguments: list[str]) -> None:
    if code := protoc.main(["protoc", *arguments]):
        sys.exit(code)


def _rules() -> FileDescriptorSet:
    """The descriptor of buf/validate/validate.proto and what it imports, dependencies first."""
    found: dict[str, FileDescriptorProto] = {}

    def add(desc: object) -> None:
        for below in desc.dependencies:  # type: ignore[attr-defined]  # protobuf-py ships no stubs
            add(below)
        raw = desc.proto.to_binary()  # type: ignore[attr-defined]  # as above
        file = FileDescriptorProto.FromString(raw)
        found.setdefault(file.name, file)

    add(validate_pb._DESC)
    return FileDescriptorSet(file=found.values())


def _localise(folder: Path) -> None:
    """Point the generated imports at libs.pb, and make every folder a package."""
    for path in [*folder.rglob("*.py"), *folder.rglob("*.pyi")]:
        text = path.read_text()
        for root in ("prm", "buf"):
            text = text.replace(f"from {root}.", f"from libs.pb.{root}.").replace(
                f"import {root}.", f"import libs.pb.{root}."
            )
            if path.suffix == ".pyi":
                text = text.replace(f"[{root}.", f"[libs.pb.{root}.").replace(f" {root}.", f" libs.pb.{root}.")
        path.write_text(text)
    for directory in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        if modules := sorted(path.stem for path in directory.glob("*_pb2.py")):
            _gather(directory, modules)
        else:
            (directory / "__init__.py").touch()


def _gather(package: Path, modules: list[str]) -> None:
    """Make every message and enum an attribute of its package, its module imported when it is asked for: who uses a
    message need not know in which file it is declared."""
    where = ".".join(["libs", "pb", *package.relative_to(BUILD / "pb").parts])
    homes = {name: module for module in modules for name in _declared(package / f"{module}.pyi")}
    stars = "".join(f"from {where}.{module} import *\n" for module in modules)
    (package / "__init__.pyi").write_text(stars)
    (package / "__init__.py").write_text(_LAZY.format(homes=homes))


def _declared(stub: Path) -> list[str]:
    """The public names that a module declares, read off its stub."""
    found = []
    for node in ast.parse(stub.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return [name for name in found if not name.startswith(("_", "Global___")) and name != "DESCRIPTOR"]


if __name__ == "__main__":
    main()
