"""The text that stands in a stored field in place of personal data: `~1:<sheet>.<number of the key>:<base64>`."""

from typing import NamedTuple

KEYS_PER_SHEET = 16
KEYS_PER_CLAIM = 4

MARK = "~1:"
SHEET = slice(3, 29)
NUMBER = slice(30, 32)
SEALED = slice(33, None)


class KeyId(NamedTuple):
    """One data key: a sheet of the key store, and the number of the key in it, 0 to 15."""

    sheet: str
    number: int

    @property
    def claim(self) -> str:
        """The id of the claim that the key belongs to; see `libs.privacy.vault.documents`."""
        return claim_id(self.sheet, self.number // KEYS_PER_CLAIM)


def claim_id(sheet: str, number: int) -> str:
    """The id of one claim of a sheet; number: 0 to 3."""
    return f"{sheet}.{number}"


def write_token(key: KeyId, sealed: str) -> str:
    """The token of a ciphertext in base64."""
    return f"{MARK}{key.sheet}.{key.number:02}:{sealed}"


def is_token(text: str) -> bool:
    """Whether a text is a token."""
    return text[:3] == MARK and text[29:30] == "." and text[32:33] == ":" and text[NUMBER].isdecimal()


def key_of(token: str) -> KeyId:
    """The key of a token."""
    return KeyId(token[SHEET], int(token[NUMBER]))
