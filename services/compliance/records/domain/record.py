"""The rows of the record of processing, named as fideslang's PrivacyDeclaration names its fields."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from services.compliance.consent.domain.purpose import Purpose
from services.compliance.consent.domain.states import DataSubject, LawfulBasis
from services.compliance.law.domain.categories import covers, is_sensitive
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.retention.domain import RetentionRule, rules_of
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.domain.transfer import Transfer


class ProcessedField(msgspec.Struct, frozen=True, kw_only=True):
    """A field with personal data: its path in the resource, and its category."""

    path: str
    category: str


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of a service with its personal fields, as the protos have it."""

    service: str
    name: str
    fields: tuple[ProcessedField, ...]


class ProcessingRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to whom data may go; prm.compliance.v1.ProcessingRecipient describes each field."""

    transfer_id: str
    recipient: str
    country: str
    mechanism: TransferMechanism
    shared_categories: tuple[str, ...]


class ProcessingActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A row; prm.compliance.v1.ProcessingActivity describes each field."""

    name: str
    service: str
    dataset_references: tuple[ProcessedField, ...]
    data_categories: tuple[str, ...]
    data_uses: tuple[str, ...]
    data_subjects: tuple[DataSubject, ...]
    legal_bases: tuple[LawfulBasis, ...]
    retention_days: int
    processes_special_category_data: bool
    third_parties: tuple[ProcessingRecipient, ...]
    purposes: tuple[str, ...]
    categories_without_purpose: tuple[str, ...]
    retention_rules: tuple[RetentionRule, ...] = ()


class ProcessingController(msgspec.Struct, frozen=True, kw_only=True):
    """Who is responsible, from the settings; empty if not set."""

    name: str
    address: str
    contact: str


class ProcessingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record; prm.compliance.v1.ProcessingRecord describes each field."""

    controller: ProcessingController
    cell: str
    compute_time: datetime
    activities: tuple[ProcessingActivity, ...]


def activities(
    resources: Iterable[Resource], purposes: Sequence[Purpose], transfers: Iterable[Transfer], today: date
) -> Iterator[ProcessingActivity]:
    """A row for each resource, then one for each purpose that none of them has data for."""
    open_ones = [one for one in transfers if _is_open(one, today)]
    served: set[str] = set()
    for resource in resources:
        categories = tuple(sorted({one.category for one in resource.fields}))
        own = [one for one in purposes if _shared(one.categories, categories)]
        served.update(one.code for one in own)
        name = f"{resource.service}.{resource.name}"
        row = _row(name, resource.service, resource.fields, categories, own, open_ones)
        yield replace(row, retention_rules=rules_of(resource.service, resource.name, today))
    for purpose in purposes:
        if purpose.code not in served:
            yield _row(purpose.code, "", (), purpose.categories, [purpose], open_ones)


def _row(
    name: str,
    service: str,
    fields: tuple[ProcessedField, ...],
    categories: tuple[str, ...],
    purposes: Sequence[Purpose],
    transfers: Iterable[Transfer],
) -> ProcessingActivity:
    with_purpose = {one for purpose in purposes for one in _shared(purpose.categories, categories)}
    periods = [one.retention_days for one in purposes]
    return ProcessingActivity(
        name=name,
        service=service,
        dataset_references=fields,
        data_categories=categories,
        data_uses=tuple(dict.fromkeys(one.data_use for one in purposes)),
        data_subjects=tuple(dict.fromkeys(who for one in purposes for who in one.data_subjects)),
        legal_bases=tuple(dict.fromkeys(one.lawful_basis for one in purposes)),
        retention_days=max(periods) if periods and all(periods) else 0,
        processes_special_category_data=is_sensitive(categories),
        third_parties=tuple(_recipients(transfers, categories)),
        purposes=tuple(one.code for one in purposes),
        categories_without_purpose=tuple(one for one in categories if one not in with_purpose),
    )


def _recipients(transfers: Iterable[Transfer], categories: tuple[str, ...]) -> Iterator[ProcessingRecipient]:
    for one in transfers:
        if shared := _shared(one.terms.categories, categories):
            yield ProcessingRecipient(
                transfer_id=one.id,
                recipient=one.terms.recipient,
                country=one.terms.recipient_country,
                mechanism=one.terms.mechanism,
                shared_categories=shared,
            )


def _shared(wide: Iterable[str], categories: Iterable[str]) -> tuple[str, ...]:
    """Those of the categories that one of the wide ones includes."""
    wide = tuple(wide)
    return tuple(one for one in categories if any(covers(other, one) for other in wide))


def _is_open(transfer: Transfer, today: date) -> bool:
    terms = transfer.terms
    ends = terms.valid_until is not None and terms.valid_until < today
    return transfer.state is TransferState.PUBLISHED and terms.valid_from <= today and not ends
