"""Compile `proto/prm` into `libs/pb`; run by `make proto`, never at run time.

With `--client FOLDER` write plain modules and gRPC stubs there instead, for a project of somebody else: what is in the
folder is removed before.

The rules of `buf.validate` reach the compiler as the descriptor that the protovalidate wheel carries, so that the
annotations and the engine that enforces them are always of one version.
"""

import argparse
import ast
import shutil
import sys
from pathlib import Path

import google.rpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

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


def main() -> None:
    """Write the modules, their type stubs and the descriptor image with its comments; or a client's modules."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--client", type=Path, metavar="FOLDER", help="write a client's modules there instead")
    if client := given.parse_args().client:
        _compile(client, "--grpc_python_out={out}", [])
        return
    fresh = BUILD / "pb"
    stubs = f"--plugin=protoc-gen-mypy={Path(sys.executable).parent / 'protoc-gen-mypy'}"
    image = ["--include_imports", "--include_source_info", f"--descriptor_set_out={fresh / 'image.binpb'}"]
    _compile(fresh, "--mypy_out=quiet:{out}", [stubs, *image])
    _localise(fresh)
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.move(fresh, OUT)


def _compile(out: Path, kind: str, options: list[str]) -> None:
    """Every file of `proto/prm`, and the rules they refer to, into an empty folder."""
    BUILD.mkdir(exist_ok=True)
    rules = BUILD / "rules.binpb"
    rules.write_bytes(_rules().SerializeToString())
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = sorted(str(path.relative_to(SOURCE)) for path in SOURCE.glob("prm/**/*.proto"))
    common = Path(next(iter(google.rpc.__path__))).parent.parent
    places = [f"--descriptor_set_in={rules}", f"-I{SOURCE}", f"-I{common}", f"--python_out={out}"]
    _protoc([*places, kind.format(out=out), *options, *files, "buf/validate/validate.proto"])


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
