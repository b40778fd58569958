"""A compliance service to which events come, and what its trail then says."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO

from msgspec.structs import replace

from libs.audit.findings import Report
from libs.audit.verification import verify
from libs.call import CallRecord, CallsRecorded
from libs.clock import SteppedClock
from libs.ids import Ids
from libs.lane_head import LaneHead, LaneState, LaneStated
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.inbox import dedup_key
from libs.privacy.keys import Keys
from libs.store.port import Query, Store
from services.compliance.service import COMPOSITION
from services.compliance.settings import Settings, Signing
from services.compliance.trail.consumers import on_event
from services.compliance.trail.documents import AUDIT
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.domain.findings import TrailFinding
from services.compliance.trail.jobs import check_lanes, extend_chain
from services.compliance.trail.usecases.export import ExportAudit, export_audit
from services.compliance.trail.usecases.findings import ListTrailFindings, list_trail_findings
from tests.builders import NOW, a_call, an_id
from tests.component.replica import Replica, Shelf

SIGNING = Signing(checkpoint_entries=50, checkpoint_interval=timedelta(minutes=1))


class Trail(Replica[Settings]):
    """One replica of the service; `keys` are those of its cell."""

    def __init__(
        self, store: Store, keys: Keys, *, clock: SteppedClock | None = None, signing: Signing = SIGNING
    ) -> None:
        super().__init__(
            "compliance",
            store,
            keys=keys,
            objects=Shelf(),
            encode=COMPOSITION.encode,
            settings=Settings(signing=signing),
            clock=clock,
        )
        self._keys = keys
        self._ids = Ids("local", self.clock)

    async def hear(self, event: Envelope) -> None:
        """The event comes in; AlreadySeen if it did before."""
        call = replace(a_call(), dedup_key=dedup_key("compliance__anything", event.id))
        await on_event(self.env, event, call)

    async def hear_some(self, count: int) -> None:
        """So many events, one after the other."""
        for _ in range(count):
            await self.hear(self.an_event())

    def an_event(self) -> Envelope:
        """Something happened to a registration."""
        return Envelope(
            id=self._ids.new("evt"),
            type="prm.deals.v1.RegistrationApproved",
            source="prm/local/deals",
            about=an_id("reg"),
            version=2,
            subject="prm.local.deals.registration.approved",
            time=NOW,
            actor="dev:somebody",
            roles=("partner_admin",),
            partner_id=an_id("ptn"),
            on_behalf_of="dev:somebody_else",
            changed=("review", "decision_note"),
            method="/prm.deals.v1.DealRegistrationService/ApproveRegistration",
            request_id="r-1",
            body=b"what it said",
        )

    def a_recording(self, *calls: CallRecord) -> Envelope:
        """Deals tells of calls."""
        encoded = EventCodec("deals", ()).encode(CallsRecorded(calls=calls))
        event_id = self._ids.new("evt")
        return Envelope(
            id=event_id,
            type=encoded.type,
            source="prm/local/deals",
            about=event_id,
            version=0,
            subject=f"prm.local.{encoded.subject}",
            time=NOW,
            actor="system",
            body=encoded.body,
        )

    def a_head(
        self,
        lane: str,
        number: int,
        *,
        closed: bool = False,
        ordinal: int = 1,
        sequence: int = 1,
        next_in: timedelta = timedelta(minutes=5),
        key: Keys | None = None,
        sender: str = "deals",
    ) -> Envelope:
        """Deals states the head of a lane, or `sender` does so for it. key: of another cell."""
        now = self.clock.now()
        head = LaneHead(
            service="deals",
            lane=lane,
            ordinal=ordinal,
            number=number,
            sequence=sequence,
            state=LaneState.CLOSED if closed else LaneState.OPEN,
            time=now,
            next_time=now + next_in,
        )
        signature = (key or self._keys.of("deals")).sign(head.text("local")).hex()
        encoded = EventCodec("deals", (LaneStated,)).encode(LaneStated(head=replace(head, signature=signature)))
        return Envelope(
            id=self._ids.new("evt"),
            type=encoded.type,
            source=f"prm/local/{sender}",
            about=lane,
            version=sequence,
            subject=f"prm.local.{encoded.subject}",
            time=now,
            actor="system",
            body=encoded.body,
        )

    async def check(self, after: timedelta = timedelta(0)) -> None:
        """Time passes, then the jobs run until they have nothing to do."""
        self.clock.advance(after)
        await self.extend()
        while await check_lanes(self.env):
            pass

    async def findings(self, **filters: object) -> list[TrailFinding]:
        """The findings, oldest first, as the RPC lists them."""
        page = await self.look(list_trail_findings, ListTrailFindings, **filters)
        return [row.value for row in reversed(page.rows)]

    async def extend(self) -> int:
        """Run the job until nothing waits any more; entries chained."""
        chained = 0
        while moved := await extend_chain(self.env):
            chained += moved
        return chained

    async def entries(self) -> Sequence[AuditEntry]:
        """Those in the chain, in its order; 1,000 at most."""
        query = Query(kind=AUDIT, order="leaf_index", at_least=0, limit=1_000)
        return [loaded.value for loaded in (await self.env.store.find(query)).rows]

    async def export(self) -> bytes:
        """The file."""
        return b"".join([piece async for piece in export_audit(self.env, ExportAudit(call=a_call()))])

    async def verified(self) -> Report:
        """What the verifier says to the file."""
        return verify(BytesIO(await self.export()), self._keys.public_keys())
