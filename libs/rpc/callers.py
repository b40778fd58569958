"""Decides by the name in a certificate which processes of the cell may call a service; mutual TLS alone does not."""

from typing import Any

from libs.errors import AppError, Code
from libs.tls import peers_of

# The gateway of a cell, and its operators. Services do not call each other, and broker and store do not call services.
CALLERS = frozenset({"gateway", "operator"})

PEER_NAMES = "x509_subject_alternative_name"
"""The key in the context of a call under which the names of the caller's certificate are."""


class CertificateNotAllowed(AppError):
    """The certificate is of this cell's authority, but its peer may not call services."""

    code, reason = Code.UNAUTHENTICATED, "CERTIFICATE_NOT_ALLOWED"

    def __init__(self, who: frozenset[str]) -> None:
        named = ", ".join(sorted(who)) or "nobody in particular"
        super().__init__(
            f"this certificate is that of {named}; a service is called with that of {' or '.join(sorted(CALLERS))}"
        )


class Callers:
    """The certificates that may call. Without TLS every caller may, because only this machine can connect."""

    def __init__(self) -> None:
        self._allowed: frozenset[str] | None = None

    def restrict(self, own: frozenset[str]) -> None:
        """Allow only `CALLERS` and `own`, the names in the certificate of this process."""
        self._allowed = CALLERS | own

    def check(self, context: Any) -> None:
        """CertificateNotAllowed if the connection of a call was opened with a certificate that may not call."""
        if self._allowed is None:
            return
        names = context.auth_context().get(PEER_NAMES, ())
        who = peers_of(name.decode("ascii", errors="replace") for name in names)
        if not who & self._allowed:
            raise CertificateNotAllowed(who)
