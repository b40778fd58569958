"""Encrypts a package for its recipient in the age format (https://age-encryption.org/v1), and decrypts it.

The only importer of pyrage. Whoever has the identity of the recipient opens the file with the plain `age` tool too.
"""

import pyrage

AGE = ".age"


class NotARecipient(ValueError):
    """The text is no age recipient."""


class NotDecrypted(ValueError):
    """The file is not encrypted for this identity or passphrase, is damaged, or is no age file."""


def require_recipient(text: str) -> None:
    """NotARecipient unless the text is an age recipient for X25519, `age1...`."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as err:
        raise NotARecipient(f"{text} is no age recipient: {err}") from err


def encrypt(data: bytes, recipient: str) -> bytes:
    """The data, encrypted for an age recipient; NotARecipient."""
    require_recipient(recipient)
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(recipient)]))


def encrypt_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """The data, encrypted with a passphrase (scrypt). Takes seconds on purpose: whoever guesses needs them for each
    guess."""
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def decrypt(data: bytes, identity: str) -> bytes:
    """The decrypted data. identity: the text of an identity file, as `age-keygen` writes it. NotDecrypted."""
    lines = [line.strip() for line in identity.splitlines()]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        return bytes(pyrage.decrypt(data, keys))
    except (pyrage.IdentityError, pyrage.DecryptError) as err:
        raise NotDecrypted(f"the file cannot be decrypted with this identity: {err}") from err


def decrypt_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """The decrypted data; NotDecrypted."""
    try:
        return bytes(pyrage.passphrase.decrypt(data, passphrase))
    except pyrage.DecryptError as err:
        raise NotDecrypted(f"the file cannot be decrypted with this passphrase: {err}") from err
