"""Other names of the files that a mapping names, so that a bundled mapping reads the files of another folder."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from services.imports.mapping import MappingFile, MappingMistakes

OPTION = "--file"


def other_names(told: Iterable[str], mappings: Iterable[MappingFile]) -> dict[str, str]:
    """The other name of each file by the name that the mappings have for it; each of `told` is `NAME=OTHER`.
    MappingMistakes for what has another form, a name told twice, and a file that no mapping names."""
    known = {name for mapping in mappings for name in _names(mapping)}
    found: dict[str, str] = {}
    mistakes = []
    for one in told:
        name, _, other = one.partition("=")
        if not name or not other:
            mistakes.append(f"{one}: is not NAME=OTHER")
        elif name in found:
            mistakes.append(f"{name}: has two other names")
        elif name not in known:
            mistakes.append(f"{name}: no mapping names this file; they name {', '.join(sorted(known))}")
        found[name] = other
    if mistakes:
        raise MappingMistakes(OPTION, mistakes)
    return found


def renamed(mapping: MappingFile, names: Mapping[str, str]) -> MappingFile:
    """The mapping with the other names of its files."""
    document = mapping.document
    details = document.details
    if details:
        details = replace(details, file=names.get(details.file, details.file))
    lookups = {name: replace(one, file=names.get(one.file, one.file)) for name, one in document.lookups.items()}
    source = names.get(document.source, document.source)
    return replace(mapping, document=replace(document, source=source, details=details, lookups=lookups))


def _names(mapping: MappingFile) -> Iterable[str]:
    document = mapping.document
    yield document.source
    yield from (one.file for one in document.lookups.values())
    if document.details:
        yield document.details.file
