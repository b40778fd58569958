"""Five services over a forest of partners, each partner with rows of every kind, and who may see whose."""

from collections.abc import Sequence
from typing import Any

import msgspec
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st
from protovalidate import Validator

from libs import partner_projection
from libs.call import Call, Caller
from libs.ids import unique
from libs.partner import PartnerFacts, PartnerStatus
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.person import Person, PersonalText
from libs.privacy.keys import Keys
from libs.rpc.decode import Decoder
from libs.slices import grpc_services, packages
from libs.store.port import Store, Write, create
from libs.store.scope import owns
from services.deals.claims.domain.registration import Registration
from services.orders.record.domain.order import Order
from services.partners.contacts import usecases as contacts
from services.partners.contacts.domain import ContactRole
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from tests.builders import NOW
from tests.capabilities import described
from tests.component.deals.harness import Harness as Deals
from tests.component.hooks.harness import Harness as Hooks
from tests.component.orders.harness import Harness as Orders
from tests.component.partners.harness import Harness as Partners
from tests.component.partners.territories.test_territories import grant
from tests.component.tickets.harness import Harness as Tickets
from tests.component.tickets.harness import text
from tests.compositions import COMPOSITIONS

SECRET = "work-note-of-the-vendor"
ROLES = ("partner_admin", "partner_sales", "partner_support")


class Tree(msgspec.Struct, frozen=True):
    """One partner of a forest. parent: the place of the one it buys from, an earlier one; None: the vendor."""

    parent: int | None
    sees_downline: bool
    tier: str


@st.composite
def forests(draw: st.DrawFn) -> tuple[Tree, ...]:
    """Three to five partners."""
    made: list[Tree] = []
    for place in range(draw(st.integers(3, 5))):
        parent = draw(st.none() | st.integers(0, place - 1)) if place else None
        made.append(Tree(parent, draw(st.booleans()), draw(st.sampled_from(["", "GOLD", "SILVER"]))))
    return tuple(made)


class Loaded(msgspec.Struct, frozen=True):
    """A partner's rows: its id, the ids by their prefix, and words that stand in every text of its rows."""

    id: str
    tree: Tree
    words: str
    rows: dict[str, str]

    @property
    def tokens(self) -> tuple[str, ...]:
        """What nobody else may read."""
        return (self.words, *self.rows.values())


class Watched:
    """A store that refuses what the caller of the moment may not write; the rule is asked again where all ends up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.caller: Caller | None = None
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self.commits += 1
        for write in writes:
            document = getattr(write, "document", None)
            if self.caller is not None and document is not None and write.kind.owner:
                assert owns(self.caller, write.kind, document), f"{self.caller.partner_id} writes {document}"
        await self._store.commit(writes)


class World:
    """The services, and everything that examples have put into them."""

    def __init__(self, stores: dict[str, Store], keys: Keys) -> None:
        self.stores = {service: Watched(store) for service, store in stores.items()}
        watched: dict[str, Any] = self.stores
        self.partners = Partners(watched["partners"], keys)
        self.deals = Deals(watched["deals"], keys)
        self.orders = Orders(watched["orders"], keys)
        self.tickets = Tickets(watched["tickets"], keys)
        self.hooks = Hooks(watched["hooks"], keys)
        harnesses: dict[str, Any] = {name: getattr(self, name) for name in stores}
        self._servicers = {
            service.full_name: COMPOSITIONS[name].servicer(harness.env)
            for name, harness in harnesses.items()
            for service in grpc_services(name)
        }
        self._validator = Validator()
        self._decoders: dict[str, Decoder] = {}
        self.everybody: list[Loaded] = []

    async def call(self, method: MethodDescriptor, request: Message, partner: Loaded, role: str) -> Message:
        """The answer that one of the partner's people gets; the request is checked as the wrapper does."""
        if method.full_name not in self._decoders:
            self._decoders[method.full_name] = Decoder(method.input_type, self._validator, self.partners.env.directory)
        self._decoders[method.full_name].check(request)
        caller = Caller(subject=f"dev:{role}", roles=(role,), partner_id=partner.id)
        servicer = self._servicers[method.containing_service.full_name]
        for store in self.stores.values():
            store.caller = caller
        try:
            call = Call(caller=caller, method=method.name, answers=access(method).answers)
            answer: Message = await getattr(servicer, method.name)(request, call)
        finally:
            for store in self.stores.values():
                store.caller = None
        return answer

    @property
    def commits(self) -> int:
        """How many all stores were asked for so far."""
        return sum(store.commits for store in self.stores.values())

    def visible(self, viewer: Loaded, forest: Sequence[Loaded]) -> list[Loaded]:
        """Whose rows the partner's people may see, found by looking down rather than up."""
        seen = [viewer]
        if viewer.tree.sees_downline:
            for one in forest:  # a parent stands before its children
                if one.tree.parent is not None and forest[one.tree.parent] in seen:
                    seen.append(one)
        return seen

    async def plant(self, trees: Sequence[Tree]) -> list[Loaded]:
        """A forest with rows of every kind."""
        ids = [self.partners.env.ids.new("ptn") for _ in trees]
        forest = [
            Loaded(id=id, tree=tree, words=f"w{unique()}", rows={"ptn": id})
            for id, tree in zip(ids, trees, strict=True)
        ]
        parents = ["" if tree.parent is None else ids[tree.parent] for tree in trees]
        await self._know(forest, parents)
        for one in forest:
            await self._people(one)
            await self._claims(one)
            await self._sales(one)
            await self._tickets(one)
            for capability in described():
                await capability.plant(self, one)
        self.everybody += forest
        return forest

    async def _know(self, forest: Sequence[Loaded], parents: Sequence[str]) -> None:
        facts = [
            PartnerFacts(
                id=one.id,
                facts_version=1,
                status=PartnerStatus.ACTIVE,
                country="DE",
                tier=one.tree.tier,
                parent_partner_id=parent,
                sees_downline=one.tree.sees_downline,
            )
            for one, parent in zip(forest, parents, strict=True)
        ]
        for service in ("deals", "orders", "tickets", "hooks"):
            await self.stores[service].commit([create(partner_projection.PARTNERS, fact) for fact in facts])
        whole = [
            Partner(
                id=fact.id,
                kind=PartnerKind.DISTRIBUTOR,
                legal_name=one.words,
                country=fact.country,
                status=fact.status,
                parent_partner_id=fact.parent_partner_id,
                tier=fact.tier,
                tier_rank=1 if fact.tier else 0,
                sees_downline=fact.sees_downline,
                create_time=NOW,
                update_time=NOW,
            )
            for one, fact in zip(forest, facts, strict=True)
        ]
        await self.stores["partners"].commit([create(PARTNERS, partner) for partner in whole])

    async def _people(self, one: Loaded) -> None:
        person, roles = Person(name=one.words, email=f"{one.words}@example.org"), (ContactRole.SALES,)
        added = await self.partners.run(
            contacts.add_contact, contacts.AddContact, partner_id=one.id, person=person, roles=roles
        )
        one.rows.update({"con": added.id, "trr": (await grant(self.partners, one.id)).id})

    async def _claims(self, one: Loaded) -> None:
        named = {"customer_contact": Person(name=one.words), "description": PersonalText(text=one.words)}
        claim: Registration = await self.deals.claimed(one.id, **named)
        one.rows["reg"] = claim.id

    async def _sales(self, one: Loaded) -> None:
        contact = Person(name=one.words)
        order: Order = await self.orders.confirmed(partner=one.id, ship_to_contact=contact)
        shipment = await self.orders.ship(order)
        invoice = await self.orders.invoice(order)
        payment = await self.orders.pay(invoice, "100")
        note = await self.orders.credit(invoice)
        back = await self.orders.authorize(order, 1)
        one.rows.update(
            {
                "ord": order.id,
                "shp": shipment.id,
                "inv": invoice.id,
                "pay": payment.id,
                "crn": note.id,
                "ret": back.id,
            }
        )
        await self.tickets.know_order(order.id, one.id)

    async def _tickets(self, one: Loaded) -> None:
        fields = {"partner_id": one.id, "order_id": one.rows["ord"], "country": "DE"}
        filed = await self.tickets.file(**fields, subject=text(one.words))
        for visibility in (tickets_pb.VISIBILITY_PARTNER, tickets_pb.VISIBILITY_INTERNAL):
            words = one.words if visibility == tickets_pb.VISIBILITY_PARTNER else SECRET
            said = tickets_pb.AddCommentRequest(ticket_id=filed.id, visibility=visibility, body=text(words))
            comment = (await self.tickets.call(said)).comment
            if words != SECRET:
                one.rows["cmt"] = comment.id
        one.rows["tkt"] = filed.id
        await self._closed_ticket(fields)

    async def _closed_ticket(self, fields: dict[str, str]) -> None:
        """So that there is something to report of."""
        id = (await self.tickets.file(**fields)).id
        for move in (
            tickets_pb.AssignTicketRequest(id=id, assignment_group="desk"),
            tickets_pb.ResolveTicketRequest(id=id, resolution_code="DONE"),
            tickets_pb.CloseTicketRequest(id=id, close_code=tickets_pb.CLOSE_CODE_SOLVED),
        ):
            await self.tickets.call(move)


def of_partners() -> list[MethodDescriptor]:
    """Every method that a partner's people may call, by what the protos say."""
    methods = [one for name in packages() for service in grpc_services(name) for one in service.methods]
    return [one for one in methods if access(one).scope == options_pb2.SCOPE_PARTNER]


def access(method: MethodDescriptor) -> Any:
    """What the proto says of who may call it."""
    return method.GetOptions().Extensions[options_pb2.access]
