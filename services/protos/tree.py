"""The tree of protos that `make proto` collected, written to a folder with the packages that the reader wants."""

import re
import shutil
from pathlib import Path

import msgspec

import libs.pb

# By these an earlier tree is known, and what of it a new one replaces.
_MARK = Path("prm/options/v1/options.proto")
_FOLDERS = ("buf", "google", "prm")

_GO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9._~-]+)*")
_JAVA = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
_CSHARP = re.compile(r"[A-Z][A-Za-z0-9_]*(\.[A-Z][A-Za-z0-9_]*)*")
_MAX_NAME_LENGTH = 200


class Unusable(Exception):
    """A folder or a name that cannot be used; the text says why and what would do."""


class Packages(msgspec.Struct, frozen=True, kw_only=True):
    """Below what the generated packages lie; empty: as the protos say. go: an import path, `example.com/erp/gen/go`.
    java: a package, `com.example.erp`. csharp: a namespace, `Example.Erp`. Unusable."""

    go: str = ""
    java: str = ""
    csharp: str = ""

    def __post_init__(self) -> None:
        for option, name, pattern in (
            ("go", self.go, _GO),
            ("java", self.java, _JAVA),
            ("csharp", self.csharp, _CSHARP),
        ):
            if name and (len(name) > _MAX_NAME_LENGTH or not pattern.fullmatch(name)):
                raise Unusable(f"--{option} {name[:_MAX_NAME_LENGTH]} is no name for a package of that language")


def write(folder: Path, packages: Packages) -> int:
    """Write the tree; the number of protos in it. An earlier tree there is replaced, files beside it stay. Unusable, if
    the folder holds something else; OSError."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise Unusable(f"{folder} is not empty and holds no earlier tree; name an empty or a new folder")
    for top in _FOLDERS:
        shutil.rmtree(folder / top, ignore_errors=True)
    shutil.copytree(Path(next(iter(libs.pb.__path__))) / "protos", folder, dirs_exist_ok=True)
    names = [path.relative_to(folder) for top in _FOLDERS for path in (folder / top).rglob("*.proto")]
    for name in names:
        if name.parts[0] != "google":  # which has packages in every language, published by its owner
            _place(folder / name, name.parent.as_posix(), packages)
    return len(names)


def _place(path: Path, where: str, packages: Packages) -> None:
    """Give a file, which lies at `where` in the tree, the packages that are wanted."""
    text = path.read_text()
    if packages.go:
        text = re.sub(r'(?<=^option go_package = ")[^;"]*', f"{packages.go}/{where}", text, flags=re.MULTILINE)
    for option, above in (("java_package", packages.java), ("csharp_namespace", packages.csharp)):
        if above:
            text = re.sub(rf'(?<=^option {option} = ")', f"{above}.", text, flags=re.MULTILINE)
    path.write_text(text)
