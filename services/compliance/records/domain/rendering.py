"""The record as a table (CSV) and as a page (HTML) that a person reads, on paper too."""

import csv
import io
from collections.abc import Iterable, Iterator
from html import escape

from libs.retention import Action
from services.compliance.records.domain.record import ProcessingActivity, ProcessingRecipient, ProcessingRecord
from services.compliance.retention.domain import RetentionRule

COLUMNS = (
    "name",
    "service",
    "data_categories",
    "data_use",
    "data_subjects",
    "legal_basis_for_processing",
    "retention_period",
    "processes_special_category_data",
    "data_shared_with_third_parties",
    "third_parties",
    "shared_categories",
    "purposes",
    "categories_without_purpose",
    "dataset_references",
)
# A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1d2430; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
dl { display: grid; grid-template-columns: 13rem 1fr; gap: .25rem 1rem; margin: .3rem 0 } dt { color: #5a6472 }
dd { margin: 0; overflow-wrap: anywhere } section { break-inside: avoid; border-top: 1px solid #d7dce3 }
.gap { color: #9a3412 } table { border-collapse: collapse; width: 100%; margin: .4rem 0; table-layout: fixed }
td, th { text-align: left; padding: .15rem .8rem .15rem 0; vertical-align: top; font-weight: normal }
th { color: #5a6472 } code { font-size: .9em; overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none } }
"""


def as_csv(record: ProcessingRecord) -> bytes:
    """A row for each activity, with the columns COLUMNS; several values of a cell are separated by `; `."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in record.activities:
        writer.writerow([_harmless(cell) for cell in _cells(one)])
    return out.getvalue().encode()


def as_html(record: ProcessingRecord) -> bytes:
    """A page without scripts and without anything to load."""
    head = f"<title>Record of processing, cell {escape(record.cell)}</title><style>{_STYLE}</style>"
    body = "".join((*_opening(record), *(_section(one) for one in record.activities)))
    page = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>\n'
    return page.encode()


def _cells(one: ProcessingActivity) -> Iterator[str]:
    yield one.name
    yield one.service
    yield _joined(one.data_categories)
    yield _joined(one.data_uses)
    yield _joined(who.name.lower() for who in one.data_subjects)
    yield _joined(basis.name for basis in one.legal_bases)
    yield _period(one)
    yield _yes(one.processes_special_category_data)
    yield _yes(bool(one.third_parties))
    yield _joined(_recipient(who) for who in one.third_parties)
    yield _joined(dict.fromkeys(category for who in one.third_parties for category in who.shared_categories))
    yield _joined(one.purposes)
    yield _joined(one.categories_without_purpose)
    yield _joined(f"{field.path}: {field.category}" for field in one.dataset_references)


def _opening(record: ProcessingRecord) -> Iterator[str]:
    controller = record.controller
    gaps = sum(1 for one in record.activities if one.categories_without_purpose)
    yield "<h1>Record of processing activities</h1>"
    yield "<p>GDPR Art. 30(1). Computed from the system itself; nothing is written by hand but the controller.</p><dl>"
    yield _item("Controller", controller.name or "not set")
    yield _item("Address", controller.address or "not set")
    yield _item("Contact for privacy", controller.contact or "not set")
    yield _item("Cell", record.cell)
    yield _item("Computed", f"{record.compute_time:%Y-%m-%d %H:%M %Z}")
    yield _item("Activities", f"{len(record.activities)}, of which {gaps} have categories that no purpose names")
    yield "</dl>"


def _section(one: ProcessingActivity) -> str:
    gap = _item("Without a purpose", _joined(one.categories_without_purpose), "gap")
    return "".join(
        (
            f"<section><h2>{escape(one.name)}</h2><dl>",
            _item("Purposes", _joined(one.purposes) or "none"),
            _item("Data use", _joined(one.data_uses) or "none"),
            _item("Legal basis", _joined(basis.name for basis in one.legal_bases) or "none"),
            _item("Data subjects", _joined(who.name.lower() for who in one.data_subjects) or "not known"),
            _item("Categories of data", _joined(one.data_categories)),
            _item("Special categories", _yes(one.processes_special_category_data)),
            gap if one.categories_without_purpose else "",
            _item("Retention", _period(one)),
            _item("Recipients", _joined(_recipient(who) for who in one.third_parties) or "none outside the cell"),
            "</dl>",
            _fields(one),
            "</section>",
        )
    )


def _fields(one: ProcessingActivity) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field.path)}</code></td><td>{escape(field.category)}</td></tr>"
        for field in one.dataset_references
    )
    return f"<table><tr><th>Field</th><th>Category</th></tr>{rows}</table>" if rows else ""


def _item(name: str, value: str, style: str = "") -> str:
    mark = f' class="{style}"' if style else ""
    return f"<dt>{escape(name)}</dt><dd{mark}>{escape(value)}</dd>"


def _recipient(who: ProcessingRecipient) -> str:
    return f"{who.recipient} ({who.country}, {who.mechanism.name}, {who.transfer_id})"


def _period(one: ProcessingActivity) -> str:
    """The period of the purposes, then each rule of the schedule with its periods."""
    purposes = [f"{one.retention_days} days"] if one.retention_days else []
    return _joined([*purposes, *(_ruled(rule) for rule in one.retention_rules)]) or "no period set"


def _ruled(rule: RetentionRule) -> str:
    kept = ", ".join(f"{one.period or 'until then'} ({one.country})" for one in rule.periods)
    ends = "" if rule.action is Action.KEEP else f", then {rule.action.name.lower().replace('_', ' ')}"
    return f"{rule.rule}: from {rule.trigger}: {kept}{ends}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _joined(values: Iterable[str]) -> str:
    return "; ".join(values)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
