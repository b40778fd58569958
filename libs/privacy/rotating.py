"""Changes the keys of services as an operator orders it: what wraps from now on, and what signs."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from libs.privacy.keys import rotate_signing
from libs.privacy.wrapping import rotate_wrapping, wrap_with, wrap_with_file

SERVICE = "SERVICE"  # in the URI of a key: the name of the service


def wrap_anew(
    folder: Path,
    services: Collection[str],
    *,
    kms: str = "",
    credentials: Path | None = None,
    files: bool = False,
    rotate: bool = False,
) -> None:
    """Let other keys wrap those of the services: keys of a key management service, new ones in files in its place, or
    new ones of the same kind. KeysMissing, KeysDamaged, OSError."""
    admitted = credentials.read_text() if credentials is not None else None
    for service in services:
        if kms:
            wrap_with(folder, service, kms.replace(SERVICE, service), admitted)
        if files:
            wrap_with_file(folder, service)
        if rotate:
            rotate_wrapping(folder, service)


def sign_anew(folder: Path, services: Collection[str], now: datetime) -> None:
    """Give each service a new signing key. KeysMissing, KeysDamaged, OSError."""
    for service in services:
        rotate_signing(folder, service, now)
