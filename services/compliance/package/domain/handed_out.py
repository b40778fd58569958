"""A package that was handed out: what it is made of, how often it was downloaded, and until when it can be."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from services.compliance.requests.domain.request import KindCount, ServiceAnswer

_ID_DIGITS = 16


class PackagedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a package that is one service's. sha256: of what it handed over, hex."""

    service: str
    round: int
    counts: tuple[KindCount, ...]
    sha256: str


class HandedOutPackage(Document, frozen=True, kw_only=True):
    """A package by the SHA-256 of its manifest (hex); the id is `<case>:<first digits of it>`. answers: those it is
    made of. missing_services: those that had not answered; a package that has them is partial. withheld: a sentence for
    each thing left out. downloads: how often it was handed out, first and last at these times."""

    case_id: str
    round: int
    sha256: str
    language: str
    row_count: int
    services: tuple[str, ...]
    missing_services: tuple[str, ...] = ()
    answers: tuple[PackagedAnswer, ...]
    withheld: tuple[str, ...]
    downloads: int = 1
    first_download_time: datetime
    last_download_time: datetime


def package_id(case_id: str, sha256: str) -> str:
    """The id of the document of a package."""
    return f"{case_id}:{sha256[:_ID_DIGITS]}"


def packaged(answers: Iterable[ServiceAnswer]) -> tuple[PackagedAnswer, ...]:
    """The answers, as the document of a package lists them."""
    return tuple(
        PackagedAnswer(service=one.service, round=one.round, counts=one.counts, sha256=one.sha256) for one in answers
    )


def downloaded_again(package: HandedOutPackage, now: datetime) -> HandedOutPackage:
    """The package after one more download."""
    return replace(package, downloads=package.downloads + 1, last_download_time=now)


def downloads_end(packages: Iterable[HandedOutPackage], round: int, period: timedelta) -> datetime | None:
    """When the downloads of the complete package of a round end: a period after the first one. None before that."""
    whole = (one for one in packages if one.round == round and not one.missing_services)
    first = min((one.first_download_time for one in whole), default=None)
    return None if first is None else first + period
