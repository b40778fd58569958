"""The history of a deal: what events said of its claim, and the dated states that follow from that.

Events arrive in any order and more than once. A deal keeps what each said, by the version of the claim, so that in the
end its history is the same whatever came when.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec

from services.deals.claims.domain.states import CLOSED_STAGES, Stage

TRANSITIONS_KEPT = 200  # the newest; seven stages, and a recall and a submission for each of the others


class PipelineState(Enum):
    """Whether a deal is open, or how it ended."""

    OUTSIDE = "OUTSIDE"
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"
    DROPPED = "DROPPED"


class TransitionKind(Enum):
    """What an event said. ENTERED: the claim is submitted. IMPORTED: the same in another system, at a stage that is not
    known. LEFT: the claim ended. RECALLED: it is a draft again. REACHED: a stage."""

    ENTERED = "ENTERED"
    IMPORTED = "IMPORTED"
    LEFT = "LEFT"
    RECALLED = "RECALLED"
    REACHED = "REACHED"


_STATES = {
    TransitionKind.ENTERED: PipelineState.OPEN,
    TransitionKind.IMPORTED: PipelineState.OPEN,
    TransitionKind.LEFT: PipelineState.DROPPED,
    TransitionKind.RECALLED: PipelineState.OUTSIDE,
}
ENDED = frozenset({PipelineState.WON, PipelineState.LOST})


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """What one event said. version: of the claim. place: orders those of one version. stage: that was reached."""

    version: int
    place: int = 0
    kind: TransitionKind
    time: datetime
    stage: Stage | None = None


class Step(NamedTuple):
    """A deal from `time` on. stage: None if it is unknown."""

    time: datetime
    state: PipelineState
    stage: Stage | None


class StageChange(msgspec.Struct, frozen=True, kw_only=True):
    """A step with the whole days that it lasted."""

    time: datetime
    state: PipelineState
    stage: Stage | None
    days: int


def joined(transitions: tuple[Transition, ...], more: Iterable[Transition]) -> tuple[Transition, ...]:
    """The transitions with those that are new, in the order of the claim; the newest TRANSITIONS_KEPT."""
    known = {(one.version, one.place): one for one in (*transitions, *more)}
    return tuple(known[key] for key in sorted(known))[-TRANSITIONS_KEPT:]


def steps(transitions: Iterable[Transition]) -> tuple[Step, ...]:
    """The dated states, each different from the one before; none for a claim that was never submitted. WON and LOST are
    final: what becomes of the claim later changes nothing."""
    found: list[Step] = []
    stage: Stage | None = Stage.PROSPECT
    state = PipelineState.OUTSIDE
    for transition in transitions:
        stage = _stage(transition, stage)
        state = _STATES.get(transition.kind, state)
        if state is PipelineState.OPEN and stage in CLOSED_STAGES:
            state = PipelineState.WON if stage is Stage.WON else PipelineState.LOST
        before = found[-1] if found else Step(transition.time, PipelineState.OUTSIDE, stage)
        if (state, stage) != before[1:] and not (state is before.state is PipelineState.OUTSIDE):
            found.append(Step(transition.time, state, stage))
        if state in ENDED:
            break
    return tuple(found)


def changes(found: tuple[Step, ...], now: datetime) -> tuple[StageChange, ...]:
    """The steps with their whole days; an open one lasts until now."""
    ends = [*(one.time for one in found[1:]), now]
    return tuple(
        StageChange(
            time=one.time,
            state=one.state,
            stage=one.stage,
            days=max(0, (end - one.time).days) if one is not found[-1] or one.state is PipelineState.OPEN else 0,
        )
        for one, end in zip(found, ends, strict=bool(found))
    )


def _stage(transition: Transition, stage: Stage | None) -> Stage | None:
    if transition.kind is TransitionKind.REACHED:
        return transition.stage
    return None if transition.kind is TransitionKind.IMPORTED else stage
