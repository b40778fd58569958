"""Every rule refuses what it is there to refuse: one change makes two lawful files unlawful, each by one rule alone."""

from pathlib import Path

import pytest

from tests.contracts.proto import access, homes, privacy, shape
from tests.contracts.proto.image import LOOKED, compiled
from tests.contracts.proto.test_protos import RULES, Rule

SERVICE = """
syntax = "proto3";
package prm.demo.v1;
import "buf/validate/validate.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "prm/common/v1/person.proto";
import "prm/options/v1/options.proto";
import "prm/options/v1/rules.proto";
// Why.
service DemoService {
  // Why.
  rpc UpdateThing(UpdateThingRequest) returns (UpdateThingResponse) {
    option (prm.options.v1.access) = {permission: "demo.thing.update", scope: SCOPE_CELL, reveals_personal_data: true};
  }
  // Why.
  rpc ListThings(ListThingsRequest) returns (ListThingsResponse) {
    option (prm.options.v1.access) = {
      permission: "demo.thing.read", scope: SCOPE_PARTNER, partner_field: "partner_id", read_only: true
    };
  }
}
// Why.
message UpdateThingRequest {
  // Why.
  string request_id = 1 [(buf.validate.field).string.pattern = "^[a-z0-9-]{0,64}$"];
  // Why.
  string id = 2 [(buf.validate.field).string.(prm.options.v1.id) = "thg"];
  // Why.
  string etag = 3 [(buf.validate.field).string.pattern = "^[0-9]{0,19}$"];
  // Why.
  google.protobuf.FieldMask update_mask = 4 [(buf.validate.field).field_mask = {in: ["owner"]}];
  // Why.
  prm.common.v1.Person owner = 5;
  // Why.
  string note = 6 [(buf.validate.field).string.max_len = 9, (prm.options.v1.category) = "user.content.private"];
  // Why.
  repeated int32 counts = 7 [(buf.validate.field).repeated = {max_items: 9, items: {int32: {gte: 0, lte: 9}}}];
  // Why.
  bytes seal = 8 [(buf.validate.field).bytes.max_len = 9, (prm.options.v1.category) = "user.content.private"];
  // Why.
  Colour colour = 9 [(buf.validate.field).enum.defined_only = true];
  // Why.
  google.protobuf.Timestamp time = 10 [(buf.validate.field).timestamp = {gte: {seconds: 0}, lt: {seconds: 9}}];
  // Why.
  bool bright = 11;
}
// Why.
message UpdateThingResponse {
  // Why.
  prm.common.v1.Person owner = 1;
}
// Why.
message ListThingsRequest {
  // Why.
  int32 page_size = 1 [(buf.validate.field).int32 = {gte: 0, lte: 2147483647}];
  // Why.
  string page_token = 2 [(buf.validate.field).string.pattern = "^[a-z0-9]{0,9}$"];
  // Why.
  string partner_id = 3 [(buf.validate.field) = {ignore: IGNORE_IF_ZERO_VALUE, string: {[prm.options.v1.id]: "ptn"}}];
  // Why.
  string order_by = 6 [(buf.validate.field).string = {in: ["", "id"]}];
  // Why.
  bool include_total_size = 7;
}
// Why.
message ListThingsResponse {
  // Why.
  repeated int32 things = 1;
  // Why.
  string next_page_token = 2 [(prm.options.v1.category) = "system.operations"];
  // Why.
  int32 total_size = 3;
  // Why.
  bool total_size_is_lower_bound = 4;
}
// Why.
enum Colour {
  // Why.
  COLOUR_UNSPECIFIED = 0;
  // Why.
  COLOUR_RED = 1;
}
"""

EVENTS = """
syntax = "proto3";
package prm.demo.v1;
import "buf/validate/validate.proto";
import "prm/common/v1/person.proto";
import "prm/options/v1/options.proto";
import "prm/options/v1/rules.proto";
// Why.
message ThingPainted {
  option (prm.options.v1.event) = {subject: "demo.thing.painted", reach: REACH_CELL};
  // Why.
  string partner_id = 1 [(buf.validate.field).string.(prm.options.v1.id) = "ptn"];
  // Why.
  Coat coat = 2;
}
// Why.
message Coat {
  // Why.
  string next_page_token = 1 [(prm.options.v1.category) = "system.operations"];
}
// Why.
message ThingSet {
  option (prm.options.v1.event) = {subject: "demo.thing.set", reach: REACH_CELL};
}
"""

_PRIVATE = '(prm.options.v1.category) = "user.content.private"'
_NOTE = f"(buf.validate.field).string.max_len = 9, {_PRIVATE}"
_OPERATIONS = _NOTE.replace("user.content.private", "system.operations")
_PSEUDONYM = '(buf.validate.field).string.max_len = 9, (prm.options.v1.category) = "user.unique_id.pseudonymous"'
_TOKEN = 'string next_page_token = 2 [(prm.options.v1.category) = "system.operations"'
_CODE = "(buf.validate.field).string.pattern"
_NAME = '(buf.validate.field).string = {max_len: 9, pattern: "^[a-z]*$"}, (prm.options.v1.category) = "user.name"'
_SKU = "// Why.\n  string next_page_token = 1"
_PARTNER = "/* Why. */ string partner_id = 3"
_ETAG = f'string etag = 4 [{_CODE} = "^[0-9]{{0,19}}$"]'
_HOME = "(prm.options.v1.home) = "
_SIZE = "page_size = 1 [(buf.validate.field)."
_ANSWER = "message ListThingsResponse {"
_EVENT = 'option (prm.options.v1.event) = {subject: "demo.thing.set", reach: REACH_CELL};'
_GUARD = """    option (prm.options.v1.access) = {
      permission: "demo.thing.read", scope: SCOPE_PARTNER, partner_field: "partner_id", read_only: true
    };
"""

BAD: tuple[tuple[Rule, str, str, str], ...] = (
    (privacy.uncategorised, SERVICE, _NOTE, "(buf.validate.field).string.max_len = 9"),
    (privacy.uncategorised, SERVICE, _NOTE, f'{_CODE} = "^[a-zA-Z ]{{1,20}}$"'),
    (privacy.uncategorised, SERVICE, _NOTE, f'{_CODE} = "^[a-zA-Z]{{1,9}}"'),
    (privacy.uncategorised, SERVICE, _NOTE, f'{_CODE} = "^$|^[a-z@.]{{1,99}}$"'),
    (privacy.uncategorised, SERVICE, _NOTE, f'{_CODE} = "^[0-9+]{{1,40}}$"'),
    (privacy.uncategorised, SERVICE, _NOTE, _NOTE.replace("user.content.private", "system.operations")),
    (privacy.uncategorised, SERVICE, f"string note = 6 [{_NOTE}", f'string next_page_token = 6 [{_OPERATIONS}'),
    (privacy.uncategorised, SERVICE, _NOTE, _NOTE.replace("user.content.private", "user.whatever")),
    (privacy.uncategorised, SERVICE, f"bytes.max_len = 9, {_PRIVATE}", "bytes.max_len = 9"),
    (privacy.personal_events, EVENTS, "string next_page_token = 1", f"prm.common.v1.Person owner = 2;\n{_SKU}"),
    (privacy.personal_events, EVENTS, "string next_page_token = 1", f"prm.common.v1.PersonalText text = 2;\n{_SKU}"),
    (privacy.personal_events, EVENTS, '"system.operations"', '"user.content"'),
    (privacy.texts_that_cross, EVENTS, 'painted", reach: REACH_CELL', 'painted", reach: REACH_EDGE, transfer: "demo"'),
    (privacy.texts_that_cross, EVENTS, 'set", reach: REACH_CELL', 'set", reach: REACH_EDGE'),
    (privacy.texts_that_cross, EVENTS, 'set", reach: REACH_CELL', 'set", reach: REACH_CELL, transfer: "demo"'),
    (privacy.unsaid_revelations, SERVICE, ", reveals_personal_data: true", ""),
    (privacy.unsaid_revelations, SERVICE, "read_only: true", "read_only: true, reveals_personal_data: true"),
    (privacy.open_pseudonyms, SERVICE, _NOTE, _PSEUDONYM),
    (privacy.open_pseudonyms, SERVICE, _NOTE, f'{_CODE} = "^[a-z@.]{{0,99}}$", {_PSEUDONYM.partition(", ")[2]}'),
    (homes.homeless, SERVICE, "bool bright = 11;", f'string country = 11 [{_CODE} = "^[A-Z]{{2}}$"];'),
    (homes.homeless, SERVICE, "bool bright = 11;", f'string seat = 11 [{_CODE} = "^([A-Z]{{2}})?$"];'),
    (homes.homeless, SERVICE, "bool bright = 11;", f'string resource_id = 11 [{_CODE} = "^[0-9]{{0,9}}$"];'),
    (homes.misplaced, SERVICE, f"string note = 6 [{_NOTE}", f"string note = 6 [{_NOTE}, {_HOME}HOME_COUNTRY"),
    (homes.misplaced, SERVICE, f"string note = 6 [{_NOTE}", f"string note = 6 [{_NOTE}, {_HOME}HOME_ID"),
    (homes.misplaced, SERVICE, "Person owner = 5;", f"Person owner = 5 [{_HOME}HOME_ANYWHERE];"),
    (access.unguarded, SERVICE, _GUARD, ""),
    (access.unguarded, SERVICE, '"demo.thing.read"', '"deals.thing.read"'),
    (access.unguarded, SERVICE, '"demo.thing.read"', '"demo.read"'),
    (access.unguarded, SERVICE, "scope: SCOPE_CELL, ", ""),
    (access.misnamed_partner_fields, SERVICE, 'partner_field: "partner_id"', 'partner_field: "partner"'),
    (access.misnamed_partner_fields, SERVICE, 'partner_field: "partner_id"', 'partner_field: "page_token"'),
    (access.misnamed_partner_fields, SERVICE, 'partner_field: "partner_id", ', ""),
    (access.misnamed_partner_fields, SERVICE, "SCOPE_CELL", 'SCOPE_CELL, partner_field: "id"'),
    (access.odd_answers, SERVICE, "scope: SCOPE_CELL", "scope: SCOPE_CELL, answers: true"),
    (access.odd_answers, SERVICE, "read_only: true", "read_only: true, answers: true"),
    (access.unrepeatable, SERVICE, "string request_id", "string request"),
    (access.unrepeatable, SERVICE, "string etag", "string tag"),
    (access.unrepeatable, SERVICE, ", read_only: true", ""),
    (access.unrepeatable, SERVICE, "string partner_id = 3", f"{_ETAG};\n{_PARTNER}"),
    (access.unpaged, SERVICE, "int32 page_size", "int32 size"),
    (access.unpaged, SERVICE, f"int32 {_SIZE}int32", f"int64 {_SIZE}int64"),
    (access.unpaged, SERVICE, "lte: 2147483647", "lte: 200"),
    (access.unpaged, SERVICE, "repeated int32 things", "int32 things"),
    (access.unpaged, SERVICE, "string order_by", "string order"),
    (access.unpaged, SERVICE, "int32 total_size", "int32 total"),
    (access.unpaged, SERVICE, _TOKEN, f'string more = 2 [{_CODE} = "^[0-9]{{1,9}}$"'),
    (shape.uncontrolled, SERVICE, _NOTE, _NOTE.replace("user.content.private", "user.name")),
    (shape.uncontrolled, SERVICE, _NOTE, _NAME.replace("^[a-z]", "^[a-z@\\\\s]")),
    (shape.unnamed_organisations, SERVICE, _NOTE, _NAME.replace("user.name", "user.contact.organization")),
    (shape.uncommented, SERVICE, "// Why.\nservice", "service"),
    (shape.uncommented, SERVICE, "// Why.\n  rpc Update", "rpc Update"),
    (shape.uncommented, SERVICE, "// Why.\nmessage ListThingsResponse", "message ListThingsResponse"),
    (shape.uncommented, SERVICE, "// Why.\n  bool", "bool"),
    (shape.uncommented, SERVICE, "// Why.\n  bool", "//\n  bool"),
    (shape.uncommented, SERVICE, "// Why.\nenum", "enum"),
    (shape.uncommented, SERVICE, "// Why.\n  COLOUR_RED", "COLOUR_RED"),
    (shape.uncommented, SERVICE, "// Why.\n  bool bright = 11;", "oneof light {\n// Why.\nbool bright = 11;\n}"),
    (shape.unbounded, SERVICE, "max_items: 9, ", ""),
    (shape.unbounded, SERVICE, "items: {int32: {gte: 0, lte: 9}}", "items: {int32: {gte: 0}}"),
    (shape.unbounded, SERVICE, "{gte: 0, lte: 2147483647}", "{lte: 2147483647}"),
    (shape.unbounded, SERVICE, f"string.max_len = 9, {_PRIVATE}", f"string.min_len = 9, {_PRIVATE}"),
    (shape.unbounded, SERVICE, "^[a-z0-9-]{0,64}$", "^[a-z0-9-]*$"),
    (shape.unbounded, SERVICE, "^[a-z0-9-]{0,64}$", "^[a-z0-9-]{1,}$"),
    (shape.unbounded, SERVICE, "(buf.validate.field).bytes.max_len = 9, ", ""),
    (shape.unbounded, SERVICE, " [(buf.validate.field).enum.defined_only = true]", ""),
    (shape.unbounded, SERVICE, "{gte: {seconds: 0}, lt: {seconds: 9}}", "{gte: {seconds: 0}}"),
    (shape.unbounded, SERVICE, ' [(buf.validate.field).field_mask = {in: ["owner"]}]', ""),
    (shape.foreign_ids, EVENTS, '.(prm.options.v1.id) = "ptn"', '.(prm.options.v1.id) = "ord"'),
    (shape.foreign_ids, EVENTS, '.(prm.options.v1.id) = "ptn"', '.pattern = "^[a-z]{3}_[a-z0-9]{26}$"'),
    (shape.copied_ids, SERVICE, '.(prm.options.v1.id) = "thg"', '.pattern = "^thg_[a-z0-9]{26}$"'),
    (shape.foreign_ids, EVENTS, "string partner_id", "string other_order_id"),
    (shape.odd_enums, SERVICE, "COLOUR_UNSPECIFIED = 0", "COLOUR_NONE = 0"),
    (shape.odd_enums, SERVICE, "COLOUR_RED", "RED"),
    (shape.floats, SERVICE, "repeated int32 things", "repeated double things"),
    (shape.clashing_files, SERVICE, "demo.v1;\n", 'demo.v1;\noption java_outer_classname = "Colour";\n'),
    (shape.odd_events, EVENTS, "message Coat {", "message Unused {\n}\n// Why.\nmessage Coat {"),
    (shape.odd_events, EVENTS, ", reach: REACH_CELL};\n  // Why.\n  string", "};\n  // Why.\n  string"),
    (shape.odd_events, EVENTS, "demo.thing.set", "demo.thing.painted"),
    (shape.odd_events, EVENTS, "demo.thing.set", "deals.thing.set"),
    (shape.odd_events, EVENTS, "demo.thing.set", "demo.thing.reset"),
    (shape.odd_events, EVENTS, "demo.thing.painted", "demo.thing.paint"),
    (shape.odd_events, SERVICE, _ANSWER, f"message ThingSet {{\n  {_EVENT}\n}}\n// Why.\n{_ANSWER}"),
)  # fmt: skip


def test_a_lawful_file_passes_every_rule(tmp_path: Path) -> None:
    assert _findings(tmp_path, SERVICE) == {}
    assert _findings(tmp_path, EVENTS) == {}


@pytest.mark.parametrize(("rule", "base", "old", "new"), BAD, ids=lambda one: getattr(one, "__name__", ""))
def test_one_change_is_refused(tmp_path: Path, rule: Rule, base: str, old: str, new: str) -> None:
    assert base.count(old) >= 1, "the change changes nothing"
    assert set(_findings(tmp_path, base.replace(old, new, 1))) == {rule.__name__}


def test_every_rule_has_something_it_refuses() -> None:
    assert {rule for rule, *_ in BAD} == set(RULES)


def _findings(folder: Path, text: str) -> dict[str, list[str]]:
    name = "demo_events" if "ThingPainted" in text else "demo_service"
    image = compiled(folder, f"prm/demo/v1/{name}.proto", text.lstrip())
    found = {rule.__name__: [one for one in rule(image) if one != LOOKED] for rule in RULES}
    return {rule: findings for rule, findings in found.items() if findings}
