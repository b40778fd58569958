"""What a proof must contain: rules over its entries and statements, whose hashes and signatures were checked before.

Each rule compares what different signers and different parts say, so that a part that is missing is missed by another,
even if every hash of the file was computed anew.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .contents import (
    CERTIFIED,
    COMPLETED,
    EXPORTED,
    LOCATED,
    OPENED,
    PREPARED,
    PURGED,
    Answer,
    End,
    Erased,
    Package,
    Purge,
    Step,
)

_SEARCHED = frozenset({"READY_FOR_REVIEW", "COMPLETED"})
_ERASED = frozenset({"COMPLETED", "PARTIALLY_COMPLETED"})


class Parts(NamedTuple):
    """The parts of a proof that could be read and are genuine."""

    end: End
    steps: Sequence[Step]
    answers: Sequence[Answer]
    packages: Sequence[Package]
    erasures: Sequence[Erased] = ()
    purges: Sequence[Purge] = ()

    @property
    def erasure(self) -> str:
        """The id of the erasure of this request, in the trail."""
        return f"era_{self.end.case_id.partition('_')[2]}"


def broken(parts: Parts) -> Iterator[str]:
    """A sentence for each rule that the parts break."""
    for rule in (_about_the_request, _rounds, _answers, _steps_of_answers, _packages, _downloads, _purges, _state):
        yield from rule(parts)


def _about_the_request(parts: Parts) -> Iterator[str]:
    case = parts.end.case_id
    for step in parts.steps:
        if (
            step.event != PURGED
            and step.resource_id not in (case, parts.erasure)
            and step.resource_id.rpartition(":")[0] != case
        ):
            yield f"INSERTED: an entry about {step.resource_id or 'nothing'}, the proof is of {case}"
    said = [one.case_id for one in parts.answers] + [one.case_id for one in parts.packages]
    said += [one.case_id for one in parts.erasures] + [one.case_id for one in parts.purges]
    for other in said:
        if other != case:
            yield f"INSERTED: a statement about {other}, the proof is of {case}"


def _rounds(parts: Parts) -> Iterator[str]:
    opened = len({one.event_id for one in parts.steps if one.event == OPENED})
    if opened != parts.end.round:
        yield f"MISSING: the request had {parts.end.round} rounds, the trail has the beginning of {opened}"


def _answers(parts: Parts) -> Iterator[str]:
    """The services of the last round have answered it, as far as the end does not name them; each answer once."""
    given = Counter((one.service, one.round) for one in parts.answers)
    for service, number in sorted(one for one, times in given.items() if times > 1):
        yield f"INSERTED: {service} has two answers to round {number}"
    for service in () if parts.erasures else parts.end.services:  # an erasure deletes the answers
        if service not in parts.end.missing and (service, parts.end.round) not in given:
            yield f"MISSING: the answer of {service} to round {parts.end.round}, the last one"


def _steps_of_answers(parts: Parts) -> Iterator[str]:
    """The trail has an entry of the service for each answer, and an answer for each such entry."""
    case = parts.end.case_id
    told = {(one.service, one.resource_id) for one in parts.steps if one.event == LOCATED}
    given = {(one.service, f"{case}:{one.round}") for one in parts.answers}
    for service, resource in sorted(given - told):
        yield f"MISSING: the entry of the answer of {service} to {resource}"
    for service, resource in () if parts.erasures else sorted(told - given):
        yield f"MISSING: the answer of {service} to {resource}, which the trail has an entry of"


def _packages(parts: Parts) -> Iterator[str]:
    """Every package is made of what the services signed, says what they withhold, and names who is missing."""
    given = {(one.service, one.round): one for one in parts.answers}
    for package in parts.packages:
        name = f"package {package.sha256[:12]}"
        for part in package.answers:
            signed = given.get((part.service, part.round))
            if signed is None:
                if parts.erasures:
                    continue
                yield f"MISSING: the answer of {part.service} to round {part.round}, which {name} contains"
            elif (signed.rows, signed.sha256) != (part.rows, part.sha256):
                yield f"CONTRADICTION: {name} has other rows of {part.service} than {part.service} signed"
            elif signed.withheld not in (None, named := _named(package, part.service)):
                yield f"MISSING: {name} says {named} times what {part.service} withholds, it signed {signed.withheld}"
        if rows := sum(count for part in package.answers for _, count in part.rows) - package.row_count:
            yield f"CONTRADICTION: {name} has {package.row_count} rows, its answers have {package.row_count + rows}"
        present = {part.service for part in package.answers if part.round == package.round}
        if silent := sorted({*package.services} - present - {*package.missing}):
            yield f"MISSING: {name} has no answer of {', '.join(silent)} and does not say so"


def _named(package: Package, service: str) -> int:
    """How many sentences of a package say what a service withholds; they begin with its name."""
    return sum(one.startswith((f"{service}: ", f"{service}, ")) for one in package.withheld)


def _downloads(parts: Parts) -> Iterator[str]:
    told = len({one.event_id for one in parts.steps if one.event == EXPORTED})
    counted = sum(one.downloads for one in parts.packages)
    if told != counted:
        yield f"MISSING: the packages were handed out {counted} times, the trail has {told} entries of it"


def _purges(parts: Parts) -> Iterator[str]:
    """The trail has an entry of the service for each run of its purge, and a report for each such entry."""
    told = {(one.service, one.resource_id) for one in parts.steps if one.event == PURGED}
    given = Counter((one.service, one.run_id) for one in parts.purges)
    for service, run in sorted(given.keys() - told):
        yield f"MISSING: the entry of the purge {run} of {service}"
    for service, run in sorted(told - given.keys()):
        yield f"MISSING: the report of {service} on its purge {run}, which the trail has an entry of"
    for service, run in sorted(one for one, times in given.items() if times > 1):
        yield f"INSERTED: {service} has two reports on its purge {run}"


def _state(parts: Parts) -> Iterator[str]:
    """The state of the request has its steps in the trail."""
    events = {one.event for one in parts.steps}
    if parts.end.state in _SEARCHED and PREPARED not in events:
        yield f"MISSING: the entry of the end of the search; the request is {parts.end.state}"
    certified = [one for one in parts.erasures if one.erasure_case_id == parts.end.case_id]
    if certified and CERTIFIED not in events:
        yield "MISSING: the entry of the certificate of the erasure"
    if parts.end.type == "ERASURE":
        if parts.end.state in _ERASED and not certified:
            yield f"MISSING: the certificate of the erasure; the request is {parts.end.state}"
        if parts.end.state == "COMPLETED" and any(one.withheld for one in certified):
            yield "CONTRADICTION: the request is COMPLETED, its certificate says that rows were withheld"
    elif parts.end.state == "COMPLETED":
        if COMPLETED not in events:
            yield "MISSING: the entry of the completion of the request"
        if not [one for one in parts.packages if not one.missing]:
            yield "MISSING: a complete package; the request is COMPLETED"
