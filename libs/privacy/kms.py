"""Keys of a key management service, by URI. They never leave it; it encrypts and decrypts on request.

hcvault://HOST[:PORT]/MOUNT/keys/NAME    the transit engine of HashiCorp Vault; without TLS on loopback only
aws-kms://arn:aws:kms:...                AWS; needs the extra `aws`
gcp-kms://projects/.../cryptoKeys/NAME   Google Cloud; needs the extra `gcp`

Only the key of a service is wrapped here, when it is made, at each start and after a rotation. No library for AWS or
Google Cloud is imported before it is needed.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import tink
from tink import aead

from libs.errors import AppError, Code

KMS_SECONDS = 5.0  # for a connection, and for each answer

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_URIS = {
    "hcvault": re.compile(r"hcvault://[^/\s?#@]+/[^\s?#]+/keys/[^/\s?#]+"),
    "aws-kms": re.compile(r"aws-kms://arn:aws[a-z-]*:kms:[a-z0-9-]+:\S+"),
    "gcp-kms": re.compile(r"gcp-kms://projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+"),
}
# How the libraries name it that the service has answered, and said no. All else counts as being away.
_WRONG_KEY = {"InvalidRequest", "InvalidArgument", "InvalidCiphertextException", "IncorrectKeyException"}
_REFUSED = {
    *("Forbidden", "Unauthorized", "InvalidPath", "PermissionDenied", "Unauthenticated", "NotFound"),
    *("AccessDeniedException", "UnrecognizedClientException", "NotFoundException", "DisabledException"),
}


class KmsUnavailable(AppError):
    """The key management service does not answer, or not in time."""

    code, reason = Code.UNAVAILABLE, "KMS_UNAVAILABLE"

    def __init__(self, uri: str, cause: Exception) -> None:
        super().__init__(f"the key management service of {uri} does not answer: {type(cause).__name__}")


class KmsRefused(AppError):
    """The key management service does not let this process use the key, or is not set up for it."""

    code, reason = Code.FAILED_PRECONDITION, "KMS_REFUSED"

    def __init__(self, uri: str, why: str) -> None:
        super().__init__(f"the key {uri} cannot be used: {why}")


def is_uri(text: str) -> bool:
    """Whether a text is the URI of a key."""
    form = _URIS.get(text.partition("://")[0])
    return form is not None and form.fullmatch(text) is not None


def open_kms(uri: str, credentials: Path) -> aead.Aead:
    """The key of a URI; opens no connection. credentials: a file that is read at each use: a token for Vault, a profile
    for AWS, a service account for Google Cloud; if there is none, what the library finds by itself. KmsRefused if an
    extra is not installed. Every use may raise KmsUnavailable or KmsRefused, and TinkError for the wrong key."""
    return aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, _Remote(uri, credentials))


class _Connected(NamedTuple):
    """errors: what the library raises besides TinkError."""

    key: aead.Aead
    errors: tuple[type[Exception], ...]


class _Remote(aead.Aead):  # type: ignore[misc]  # tink has no types
    """The key in the service. It encrypts the data key of an envelope, which carries the associated data."""

    def __init__(self, uri: str, credentials: Path) -> None:
        self._uri = uri
        self._connected = _connect(uri, credentials)

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """See Aead; KmsUnavailable, KmsRefused."""
        try:
            return self._used(lambda key: key.encrypt(plaintext, associated_data))
        except tink.TinkError as err:
            raise KmsRefused(self._uri, _name_of(err)) from err

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """See Aead; KmsUnavailable, KmsRefused."""
        return self._used(lambda key: key.decrypt(ciphertext, associated_data))

    def _used(self, use: Callable[[aead.Aead], bytes]) -> bytes:
        try:
            return bytes(use(self._connected.key))
        except (tink.TinkError, *self._connected.errors) as err:
            name = _name_of(err)
            if name in _WRONG_KEY:
                raise tink.TinkError(f"another key: {name}") from err
            if name in _REFUSED:
                raise KmsRefused(self._uri, name) from err
            raise KmsUnavailable(self._uri, err) from err


def _connect(uri: str, credentials: Path) -> _Connected:
    scheme = uri.partition("://")[0]
    try:
        return {"hcvault": _vault, "aws-kms": _aws, "gcp-kms": _google}[scheme](uri, credentials)
    except ImportError as err:
        raise KmsRefused(uri, f"its library is not installed ({err.name}): pip install 'prm[{scheme[:3]}]'") from err
    except (tink.TinkError, ValueError) as err:
        raise KmsRefused(uri, f"{type(err).__name__}, see the form of URIs and {credentials.name}") from err


def _vault(uri: str, credentials: Path) -> _Connected:
    import hvac
    from tink.integration import hcvault

    where = urlsplit(uri)
    scheme = "http" if where.hostname in _LOOPBACK else "https"
    token = credentials.read_text().strip() if credentials.exists() else None
    client = hvac.Client(url=f"{scheme}://{where.netloc}", token=token, timeout=KMS_SECONDS)
    return _Connected(hcvault.new_aead(where.path, client), ())


def _aws(uri: str, credentials: Path) -> _Connected:
    from botocore.exceptions import BotoCoreError
    from tink.integration import awskms

    path = str(credentials) if credentials.exists() else None
    return _Connected(awskms.AwsKmsClient(uri, path).get_aead(uri), (BotoCoreError,))


def _google(uri: str, credentials: Path) -> _Connected:
    from google.auth.exceptions import GoogleAuthError
    from tink.integration import gcpkms

    path = str(credentials) if credentials.exists() else None
    return _Connected(gcpkms.GcpKmsClient(uri, path).get_aead(uri), (GoogleAuthError,))


def _name_of(err: Exception) -> str:
    """What the library calls the error: the code of AWS, or the class."""
    cause = err.args[0] if err.args and isinstance(err.args[0], Exception) else err
    answer = getattr(cause, "response", None)
    if isinstance(answer, dict):
        return str(answer.get("Error", {}).get("Code", ""))
    return type(cause).__name__
