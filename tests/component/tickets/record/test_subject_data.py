"""A person finds what tickets holds about them: the tickets they filed and everything that was said about those."""

import hashlib
from typing import Any

import msgspec

from libs.messaging.envelope import Envelope
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as compliance_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.pb.prm.tickets.v1 import SplitTicketRequest
from libs.person import Person
from libs.privacy.aliases import hashes, sought
from libs.privacy.keys import Keys
from libs.subject_data import Holdings
from services.tickets.service import COMPOSITION
from tests.builders import NOW, a_call, an_id
from tests.component.tickets.harness import Harness, text

SEARCH = next(one for one in COMPOSITION.consumers if one.subject == "compliance.subject_request.opened")
CASE = an_id("dsr")
NGOZI = Person(email="Ngozi@Example.org")
READ, NOTE = tickets_pb.VISIBILITY_PARTNER, tickets_pb.VISIBILITY_INTERNAL


async def _ask(harness: Harness, aliases: list[str], number: int) -> Any:
    """The answer to one round, as compliance hears it."""
    body = compliance_pb.SubjectRequestOpened(case_id=CASE, round=number, alias_hashes=aliases).SerializeToString()
    envelope = Envelope(
        id=f"event-{number}",
        type="prm.compliance.v1.SubjectRequestOpened",
        source="prm/local/compliance",
        about=CASE,
        version=number,
        subject="prm.local.compliance.subject_request.opened",
        time=NOW,
        body=body,
    )
    harness.events()
    await SEARCH.handle(harness.env, envelope, a_call())
    [(name, _, located)] = harness.events()
    assert name == "SubjectDataLocated"
    return located


def _counts(located: Any) -> dict[str, int]:
    return {one.kind: one.rows for one in located.counts}


async def test_a_second_round_finds_everything_said_about_the_tickets_of_the_first(served: Harness, keys: Keys) -> None:
    id = (await served.file()).id
    await served.file(requester=person_pb2.Person(name="Wang Xiaoming", email="wang@example.cn"))
    for visibility, words in ((READ, "We are on it"), (NOTE, "Known fault")):
        await served.call(tickets_pb.AddCommentRequest(ticket_id=id, visibility=visibility, body=text(words)))
    first = await _ask(served, sorted(hashes(keys, NGOZI)), 1)
    assert _counts(first) == {"ticket": 1, "comment": 0, "history_entry": 0}
    second = await _ask(served, list(first.alias_hashes), 2)
    assert _counts(second) == {"ticket": 1, "comment": 2, "history_entry": 0}
    assert set(first.alias_hashes) == set(second.alias_hashes)
    plain = served.env.keys.unseal(await served.shelf.get(second.object_name), second.object_name)
    assert hashlib.sha256(plain).hexdigest() == second.sha256
    holdings = msgspec.json.decode(plain, type=Holdings)
    rows = {section.kind: section.rows for section in holdings.sections}
    assert [row["requester"]["email"] for row in rows["ticket"]] == ["ngozi@example.org"]
    assert {row["body"]["text"] for row in rows["comment"]} == {"We are on it", "Known fault"}


async def test_a_part_of_a_ticket_is_found_by_its_requester_and_by_whom_its_words_name(
    served: Harness, keys: Keys
) -> None:
    engineer, first = an_id("psn", 5), await served.file()
    await served.call(SplitTicketRequest(id=first.id, subject=text("The engineer forgot the cable", engineer)))
    for number, (person, found) in enumerate(((NGOZI, 2), (Person(person_id=engineer), 1)), start=1):
        located = await _ask(served, sorted(hashes(keys, person)), number)
        assert _counts(located) == {
            "ticket": found,
            "comment": 0,
            "history_entry": 0,
        }


async def test_a_number_without_its_country_is_one_of_the_ticket_s_country(served: Harness, keys: Keys) -> None:
    await served.file(country="DE", requester=person_pb2.Person(name="Ngozi", phone="030 901821"))
    for number, (phone, found) in enumerate((("+49 30 901821", 1), ("030 901821", 1), ("+43 30 901821", 0)), start=1):
        located = await _ask(served, sorted(sought(keys, Person(phone=phone), "DE")), number)
        assert _counts(located) == {
            "ticket": found,
            "comment": 0,
            "history_entry": 0,
        }


async def test_somebody_whom_a_text_names_finds_it_without_seeing_who_else_is_in_it(
    served: Harness, keys: Keys
) -> None:
    engineer = an_id("psn", 5)
    id = (await served.file()).id
    await served.call(
        tickets_pb.AddCommentRequest(ticket_id=id, visibility=NOTE, body=text("Spoke to the engineer", engineer))
    )
    await served.call(tickets_pb.AssignTicketRequest(id=id, assignment_group="desk"))
    await served.call(
        tickets_pb.ResolveTicketRequest(id=id, resolution_code="DONE", resolution_note=text("He fixed it", engineer))
    )
    located = await _ask(served, sorted(hashes(keys, Person(person_id=engineer))), 1)
    assert _counts(located) == {"ticket": 1, "comment": 1, "history_entry": 0}
    plain = served.env.keys.unseal(await served.shelf.get(located.object_name), located.object_name)
    assert b"Ngozi" not in plain
    assert b"He fixed it" in plain
    assert b"Spoke to the engineer" in plain


async def test_what_was_written_of_another_is_not_shown_to_somebody_whom_a_note_names(
    served: Harness, keys: Keys
) -> None:
    carl, berta = an_id("psn", 5), person_pb2.Person(person_id=an_id("psn", 6), name="Berta")
    filed = await served.file(requester=berta, description=text("Berta is ill, call +49170555"))
    await served.file(
        requester=person_pb2.Person(person_id=carl, name="Carl"),
        subject=text("Mine"),
        description=text("Berta again", berta.person_id),
    )
    await served.call(tickets_pb.AssignTicketRequest(id=filed.id, assignment_group="desk"))
    note = text("He fixed it", carl)
    await served.call(tickets_pb.ResolveTicketRequest(id=filed.id, resolution_code="DONE", resolution_note=note))
    located = await _ask(served, sorted(hashes(keys, Person(person_id=carl))), 1)
    plain = served.env.keys.unseal(await served.shelf.get(located.object_name), located.object_name)
    assert not [one for one in (b"is ill", b"+49170555", b"Berta") if one in plain]
    assert all(one in plain for one in (b"He fixed it", b"Mine"))
    masked = {one.kind: one.masked for one in msgspec.json.decode(plain, type=Holdings).sections}
    assert masked["ticket"] == {"persons": 1, "texts": 3}
