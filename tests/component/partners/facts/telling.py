"""Events of peers that arrive at partners, and the facts that follow."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from libs.call import SYSTEM, Call
from libs.ids import parse
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.pb.prm.options.v1 import options_pb2
from services.partners.facts.consumers import CONSUMERS
from services.partners.facts.jobs import JOBS
from services.partners.settings import Env
from tests.builders import NOW, an_id
from tests.component.partners.harness import Harness

_JOBS = [job for job in JOBS if job.name != "partners__renew_facts"]


async def tell(harness: Harness, message: Any, *, id: str = "", version: int = 1, time: datetime = NOW) -> None:
    """An event of a peer arrives, as its own proto says where."""
    consumer, envelope = _arriving(message, version, id=id, time=time)
    await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))


async def tell_together(harness: Harness, messages: Iterable[tuple[Any, int]]) -> None:
    """Events of peers with their versions arrive; of consecutive ones for the same consumer all effects at once."""
    arriving = [_arriving(message, version) for message, version in messages]
    for consumer, some in groupby(arriving, key=itemgetter(0)):
        assert consumer.handle_many is not None
        envelopes = [envelope for _, envelope in some]
        await consumer.handle_many(harness.env, envelopes, Call(caller=SYSTEM, method="test"))


async def summed_up(harness: Harness) -> int:
    """One turn of the job that adds documents to the sums; how many it added."""
    [job] = [job for job in JOBS if job.name == "partners__sum_up_facts"]
    return await job.run(harness.env)


async def passed_up(harness: Harness) -> int:
    """One turn of the job that passes sums up; how many it passed."""
    [job] = [job for job in JOBS if job.name == "partners__pass_up_facts"]
    return await job.run(harness.env)


async def marked(harness: Harness) -> None:
    """One turn of the job that marks the facts of a moved partner."""
    [job] = [job for job in JOBS if job.name == "partners__mark_moved_facts"]
    await job.run(harness.env)


async def settled(harness: Harness) -> None:
    """The jobs have nothing left to do."""
    while any([await job.run(harness.env) for job in _JOBS]):
        pass


def _arriving(message: Any, version: int, *, id: str = "", time: datetime = NOW) -> tuple[Consumer[Env], Envelope]:
    subject: str = message.DESCRIPTOR.GetOptions().Extensions[options_pb2.event].subject
    [consumer] = [one for one in CONSUMERS if one.takes(subject)]
    envelope = Envelope(
        id=id or f"{subject}:{message}:{version}",
        type=message.DESCRIPTOR.full_name,
        source="prm/local/peer",
        about=next(_ids(message), an_id("ord")),
        version=version,
        subject=f"prm.local.{subject}",
        time=time,
        body=message.SerializeToString(),
    )
    return consumer, envelope


def _ids(message: Any) -> Iterator[str]:
    return (value for _, value in message.ListFields() if isinstance(value, str) and parse(value) is not None)
