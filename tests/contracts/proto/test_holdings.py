"""The record of processing has what the descriptors say: every personal field that a service shows, and no other."""

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from libs.holdings import holdings, holdings_of
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.unsought import unsought
from tests.compositions import COMPOSITIONS
from tests.contracts.proto.image import BUILT, Image, built

# A kind whose resource has another name: changes of a ticket, earlier versions of a price list, the index of
# customers, what of a claim was shown to a member, a version of an incentive plan.
SHOWN_AS = {
    ("tickets", "HistoryEntry"): ("tickets", "TicketChange"),
    ("orders", "PriceListRevision"): ("orders", "PriceList"),
    ("orders", "Plan"): ("orders", "IncentivePlan"),
    ("deals", "NearEntry"): ("deals", "NearMatch"),
    ("deals", "PursuitSnapshot"): ("deals", "PursuitMembership"),
}
PARTNERS = "prm/partners/v1/"


def _shown(image: Image) -> Iterator[tuple[str, str, str]]:
    """Service, name and category of every personal field in the resources of the answers; read off the image, which
    has other classes than the descriptors of the running code."""
    for method in image.methods:
        for field in image.reachable(method.response):
            noun = not field.owner.file.name.endswith(("_requests.proto", "_service.proto", "_events.proto"))
            if noun and field.category.startswith("user"):
                yield method.file.package.split(".")[1], field.desc.name, field.category


def test_the_record_has_every_personal_field_of_every_service_and_no_other() -> None:
    recorded = {
        (one.service, field.path.rpartition(".")[2].removesuffix("[]"), field.category)
        for one in holdings()
        for field in one.fields
    }
    expected = set(_shown(built()))
    assert recorded == expected
    assert ("partners", "email", "user.contact.email") in expected


def test_every_kind_that_declares_persons_or_may_name_somebody_has_a_row() -> None:
    rows = {(one.service, one.resource) for one in holdings()}
    kinds = {
        (service, kind.type.__name__)
        for service, composition in COMPOSITIONS.items()
        for kind in composition.kinds
        if kind.persons is not None or unsought(service, kind)
    }
    assert {SHOWN_AS.get(one, one) for one in kinds} <= rows
    assert ("tickets", "Ticket") in rows


def test_a_category_that_is_added_to_a_proto_is_in_the_record() -> None:
    fields = {name: dict(found) for name, found in _partners(()).items()}
    assert "shoe_size" not in fields["Contact"]
    added = FieldDescriptorProto(
        name="shoe_size", number=900, type=FieldDescriptorProto.TYPE_STRING, label=FieldDescriptorProto.LABEL_OPTIONAL
    )
    added.options.Extensions[options_pb2.category] = "user.biometric"
    grown = _partners((added,))
    assert dict(grown["Contact"]) == {**fields["Contact"], "shoe_size": "user.biometric"}
    added.options.Extensions[options_pb2.category] = "system.operations"
    assert dict(_partners((added,))["Contact"]) == fields["Contact"]


def _partners(added: tuple[FieldDescriptorProto, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Path and category of the fields of each resource of partners, with further fields in `Contact`."""
    pool = DescriptorPool()
    names = []
    for file in FileDescriptorSet.FromString(BUILT.read_bytes()).file:
        pool.AddSerializedFile(_with(file, added).SerializeToString())
        names += [file.name] if file.name.startswith(PARTNERS) else []
    files = [pool.FindFileByName(name) for name in names]
    return {one.resource: one.fields for one in holdings_of("partners", files)}


def _with(file: FileDescriptorProto, added: tuple[FieldDescriptorProto, ...]) -> FileDescriptorProto:
    for message in file.message_type:
        if file.package == "prm.partners.v1" and message.name == "Contact":
            message.field.extend(added)
    return file
