"""Which processes of the cell may call a service, by the names of their certificates, which mutual TLS alone does
not check."""

from typing import Any

from libs.errors import AppError, Code
from libs.tls import peers_of

# The gateway of a cell, and its operators. Services do not call each other, nor do broker and store call them.
CALLERS = frozenset({"gateway", "operator"})

_NAMES = "x509_subject_alternative_name"


class CertificateNotAllowed(AppError):
    """The certificate is of this cell's authority, and that of a peer that has no business here."""

    code, reason = Code.UNAUTHENTICATED, "CERTIFICATE_NOT_ALLOWED"

    def __init__(self, who: frozenset[str]) -> None:
        named = ", ".join(sorted(who)) or "nobody in particular"
        super().__init__(
            f"this certificate is that of {named}; a service is called with that of {' or '.join(sorted(CALLERS))}"
        )


class Callers:
    """Which certificates may call. Without TLS everybody may, because only this machine can connect."""

    def __init__(self) -> None:
        self._allowed: frozenset[str] | None = None

    def restrict(self, own: frozenset[str]) -> None:
        """From now on only `CALLERS` and those with a certificate of this process's own."""
        self._allowed = CALLERS | own

    def check(self, context: Any) -> None:
        """CertificateNotAllowed for a call over a connection that was opened with another one."""
        if self._allowed is None:
            return
        names = context.auth_context().get(_NAMES, ())
        who = peers_of(name.decode("ascii", errors="replace") for name in names)
        if not who & self._allowed:
            raise CertificateNotAllowed(who)
