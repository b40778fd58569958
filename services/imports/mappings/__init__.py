"""The bundled mapping files, by name; README.md says which belongs to what."""

from pathlib import Path

_FOLDER = Path(__file__).parent
_SAMPLES = _FOLDER / "samples"
_SHARED = ".map.yaml"


def bundled() -> tuple[str, ...]:
    """Names of the bundled mappings."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml") if not path.name.endswith(_SHARED)))


def sampled() -> tuple[str, ...]:
    """Names of the bundled mappings that are for no known data set, but for files as their samples are."""
    return tuple(name for name in bundled() if (_SAMPLES / f"{name}.csv").exists())


def samples() -> Path:
    """The folder of the samples; each mapping finds its file there."""
    return _SAMPLES


def path_of(name: str) -> Path:
    """The file of a mapping: the bundled one of this name, or the file of that name."""
    return _FOLDER / f"{name}.yaml" if name in bundled() else Path(name)
