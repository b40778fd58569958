"""No field of a stored document in which a person may stand is passed over in silence: it is searched, or named as not
searched, or it holds codes that the service makes itself."""

from collections.abc import Iterator
from typing import Any

import msgspec
from google.protobuf.descriptor import FileDescriptor
from msgspec import inspect

from libs.erasing import ERASED
from libs.pb.prm.options.v1 import options_pb2
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES
from libs.privacy.renewal import ALIAS_WALKS
from libs.privacy.unsought import What, unsought
from libs.slices import Composition
from libs.store.port import Document, Kind, Persons
from libs.subject_data import ANSWERS
from tests.compositions import COMPOSITIONS

# Strings of documents that no message has: ids, codes and hashes, by their own name. A new one is a decision about
# privacy: what a caller writes belongs into a message, with a category.
OWN = frozenset(
    {
        *(
            "id",
            "kind",
            "row",
            "hash",
            "hashes",
            "frontier",
            "salt",
            "cursor",
            "tally_cursor",
            "keys",
            "records",
            "services",
        ),
        *(
            "alias_hashes",
            "possible_hashes",
            "name_hashes",
            "right_hashes",
            "object_name",
            "signature",
            "imported_as",
            "registration_key",
        ),
        "sealed_key",
        *("trader_name_key", "trader_registration_key", "trader_domain_key"),
        *("person_name_key", "person_registration_key", "person_domain_key"),
        *("currency", "country", "ship_to_country", "subdivision", "time_zone", "language", "tier", "territory"),
        *("external_source", "external_id", "after", "to_invoice", "person_ids", "pending_key", "passed_to"),
        "active_key",  # the id of a partner, unique among its memberships that have not ended
        *("ground", "basis"),
        *("rule", "record", "sample_ids", "persons"),  # of a purge: names of the schedule, ids of rows and persons
        *("track", "clause", "number"),  # the code of a track, numbers of clauses
        "model_code",  # of a scorecard model
        *("program", "level_code"),  # of a credit proposal: codes of a programme and of its level
        *("class_code", "class_before", "from_class", "to_class"),  # codes of classes of partners
        *("flow", "purpose", "categories", "recipient_country"),  # of a registered transfer
        *("case_id", "service", "lane", "epoch", "code_hash", "sha256", "missing_services"),
        "assignee_key",
        *("source", "base_currency", "rate"),  # of exchange rates, as orders has them
        *("state", "stage", "outcome"),  # what an event of another service said: names of values of its enums
        *("domain_key", "described_by", "whole_id"),  # of a record of a customer: keyed hashes, ids
        *("counted_for", "open_key"),  # a partner; the leaver of a handover: a partner or a keyed hash
        *("one_key", "other_key", "terms", "filed", "refs"),  # of near matches: keyed hashes, ends of ids
        "lead_ids",  # in a slot of their key
        "link_id",  # random, of a link between requests of several cells
        *("subject", "asked", "key", "cell", "month"),  # of questions between cells: ids, keyed hashes, codes
        *("list", "list_id", "entry_code", "entry_hash"),  # of screening: codes of lists and entries, and a hash
        "open_key",  # of a case about prices: the id of a partner and the code of a rule
        "on_behalf_of",  # of who last changed what a rule of data quality looks at: a subject of the identity provider
        *("event_type", "of_partner", "queue", "holder"),  # of webhooks: subjects of events, ids, a random name
        *("code", "plan_code", "beside", "clawback_countries", "rate_source"),  # of incentive plans
        *("tally", "dirty", "from_currency", "numerator", "denominator"),  # of their ledger: ids and days, rates
        *("taken_by", "reverses", "run", "about"),  # ids of documents and entries
        "actions",  # of what a class of customers gets: codes, by their form
        "serials",  # of movements of stock: their form takes no sentence
        "settings",  # of the method of a forecast: constants, written by the service
        "withheld",  # sentences that compliance makes of the names of services and kinds, and of numbers
    }
)
LOOK_UP = (ALIASES, ALIAS_WALKS, ANSWERS, ERASED)  # keyed hashes, and names made of ids
# Words of a catalogue that an event brought, names of days off in the calendar of an operator, and what is made of a
# field that is named (a partner's `legal_name`).
CATALOGUE = frozenset({"sku", "product_line", "product_lines", "protected_product_lines", "name", "name_key"})


class Note(Document, frozen=True, kw_only=True):
    """As `SubjectAlias` of compliance has it, with what nobody has said anything of yet."""

    author: Person
    text: PersonalText
    others: tuple[Person, ...] = ()
    more: dict[str, Any] | None = None


class Contact(Document, frozen=True, kw_only=True):
    """A message of this name has `partner_id` and a person."""

    partner_id: str
    person_id: str = ""


class Partner(Document, frozen=True, kw_only=True):
    """A message of this name has the legal name of an organisation."""

    legal_name: str
    codes: tuple[str, ...] = ()


def test_a_new_field_is_named_without_anybodys_doing() -> None:
    note = unsought("partners", Kind("note", Note, persons=Persons(of=lambda one: (one.author,))))
    assert [(one.what, one.fields) for one in note] == [
        (What.TEXT, ("text", "more")),
        (What.NAME, ("author", "others[]")),
    ]
    [partner] = unsought("partners", Kind("partner", Partner))
    assert (partner.what, partner.fields) == (What.FIELD, ("legal_name",))
    assert unsought("partners", Kind("contact", Contact)) == ()


def test_every_service_answers_with_what_its_kinds_have() -> None:
    named = {
        (service, one.kind.name, one.what, field)
        for service, composition in COMPOSITIONS.items()
        for kind in composition.kinds
        for one in unsought(service, kind)
        for field in one.fields
    }
    assert ("deals", "registration", What.TEXT, "activities[].note") in named
    assert ("deals", "registration", What.NAME, "sales_contact") in named
    assert ("tickets", "ticket", What.FIELD, "assignment_group") in named
    assert ("tickets", "history_entry", What.FIELD, "changes[].assignment_group") in named
    assert ("compliance", "subject_request", What.FIELD, "aliases[].value") not in named


def test_every_string_of_every_document_is_searched_named_or_a_code() -> None:
    silent = [one for composition in COMPOSITIONS.values() for one in _silent(composition)]
    assert silent == []


def _silent(composition: Composition) -> Iterator[str]:
    messages = {
        name: message
        for one in composition.descriptors
        for file in _reached(one.file)
        for name, message in file.message_types_by_name.items()
        if file.package in (one.file.package, "prm.common.v1")
    }
    for kind in (one for one in composition.kinds if one not in LOOK_UP):
        named = {field for one in unsought(composition.name, kind) for field in one.fields}
        for path, struct, field in _strings(kind.type):
            message = messages.get(struct.__name__)
            own = message is None or field not in message.fields_by_name
            if own and not (field in OWN | CATALOGUE or field.endswith(("_id", "_hash", "_serials"))):
                yield f"{composition.name} {kind.name} {path}"
            if message is None or own or path in named or path in (kind.persons.sought if kind.persons else ()):
                continue
            category = message.fields_by_name[field].GetOptions().Extensions[options_pb2.category]
            if category.startswith("user") and not field.endswith("person_id"):
                yield f"{composition.name} {kind.name} {path}"


def _reached(file: FileDescriptor) -> Iterator[FileDescriptor]:
    """The file and all that it imports, directly or not; a file may come several times."""
    yield file
    for other in file.dependencies:
        yield from _reached(other)


def _strings(struct: type[msgspec.Struct], path: str = "") -> Iterator[tuple[str, type[msgspec.Struct], str]]:
    """Every string below a struct, with the struct and the field it is of; persons and texts are named as a whole."""
    for field in msgspec.structs.fields(struct):
        waiting = [(inspect.type_info(field.type), f"{path}.{field.name}" if path else field.name)]
        while waiting:
            found, place = waiting.pop()
            if isinstance(found, inspect.StructType):
                if found.cls not in (Person, PersonalText):
                    yield from _strings(found.cls, place)
            elif isinstance(found, inspect.UnionType | inspect.TupleType):
                parts = found.types if isinstance(found, inspect.UnionType) else found.item_types
                waiting += [(one, place) for one in parts]
            elif isinstance(found, inspect.VarTupleType):
                waiting.append((found.item_type, f"{place}[]"))
            elif isinstance(found, inspect.StrType):
                yield place, struct, field.name
