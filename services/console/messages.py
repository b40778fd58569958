"""Every text of the console: those of its code and templates, and those that follow from the protos its pages show.

`python -m services.console.messages` writes the catalogues anew: new texts are added untranslated, others removed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from libs.rpc.policy import OUR_ROLES, PARTNER_ROLES
from services.console.book import PAGES
from services.console.language import LANGUAGES, catalogue_of
from services.console.methods import METHODS, OWN_FIELDS, field_at, label_of
from services.console.pages import Book
from services.console.values import PLAIN
from services.console.wording import CODES, act_label, enum_label, field_label

FOLDER = Path(__file__).parent
LINE_CHARS = 120

_HEAD = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "N_": None, "text": None, "plural": (1, 2), "ngettext": (1, 2)}


def messages() -> list[str | tuple[str, ...]]:
    """All texts in order: a text, or those for one and for many."""
    found = extract_from_dir(str(FOLDER), _METHODS, keywords=_KEYWORDS)
    return sorted({*(text for _, _, text, _, _ in found), *_labels()} - {""}, key=str)


def _labels() -> Iterator[str]:
    """The labels of fields, values and methods that the pages show."""
    book, seen = Book(PAGES), set[str]()
    yield from (field_label(name) for name in (*OUR_ROLES, *PARTNER_ROLES))
    for one in book.lists.values():
        method = METHODS[one.method]
        yield from _of_paths(method.rows.message_type if method.rows else None, (*one.columns, *one.orders), seen)
        yield from _of_paths(method.descriptor.input_type, one.filters, seen)
        if one.row_acts and method.rows:  # the form of an act shows the whole row
            yield from _of(method.rows.message_type, seen)
    for document in book.documents.values():
        yield from _of(METHODS[document.method].descriptor.output_type, seen)
    for section in book.sections():
        method = METHODS[section.method]
        if section.columns:
            yield from _of_paths(method.rows.message_type if method.rows else None, section.columns, seen)
        else:
            yield from _of(method.descriptor.output_type, seen)
    for act in book.acts:
        yield act_label(METHODS[act].name)
        yield from _of(METHODS[act].descriptor.input_type, seen)


def _of_paths(message: Any, paths: Iterable[str], seen: set[str]) -> Iterator[str]:
    for path in paths:
        field = field_at(message, path)
        yield label_of(field)
        yield from _inside(field, seen)


def _of(message: Any, seen: set[str]) -> Iterator[str]:
    """The labels of all fields of a message and of what they hold."""
    if message.full_name in seen or message.full_name in PLAIN:
        return
    seen.add(message.full_name)
    for field in message.fields:
        if field.name not in OWN_FIELDS and field.name != "next_page_token":
            yield label_of(field)
            yield from _inside(field, seen)


def _inside(field: Any, seen: set[str]) -> Iterator[str]:
    if field.enum_type is not None and field.enum_type.name not in CODES:
        yield from (enum_label(field.enum_type.name, one.name) for one in field.enum_type.values if one.number)
    elif field.message_type is not None:
        yield from _of(field.message_type, seen)


def _write() -> None:
    for tag in LANGUAGES:
        if tag == "en":  # its texts are those of the code
            continue
        path = catalogue_of(tag)
        known = _read(path, tag)
        fresh = Catalog(locale=tag.replace("-", "_"), fuzzy=False)
        for text in messages():
            held = known.get(text[0] if isinstance(text, tuple) else text)
            fresh.add(text, held.string if held else "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(_HEAD.format(language=fresh.locale_identifier, plural=fresh.plural_forms).encode())
            write_po(stream, fresh, width=LINE_CHARS, omit_header=True, sort_output=True)


def _read(path: Path, tag: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=tag.replace("-", "_"))
    with path.open("rb") as stream:
        return read_po(stream, locale=tag.replace("-", "_"))


if __name__ == "__main__":
    _write()
