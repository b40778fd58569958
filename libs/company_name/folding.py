"""Splits a company's name into words without case, marks, punctuation and script; legal forms are compared in this
form.

Chinese, Japanese and Korean characters are kept (transliterated, thousands of them sound alike), as simplified ones;
all other scripts are transliterated.
"""

import re
import unicodedata
from functools import cache

import opencc
from anyascii import anyascii

CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
UNSPACED = f"{CJK}\u0e00-\u0e7f"  # Thai has no spaces between words either

_HAS_CJK = re.compile(f"[{CJK}]")
_RUNS = re.compile(f"([{CJK}]+)")
_WORD = re.compile("[a-z0-9]+")
_DOTTED = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_APOSTROPHES = re.compile("['\u2019`\u00b4\u02bc\u05f3]|(?<=[\u05d0-\u05ea])[\"\u05f4](?=[\u05d0-\u05ea])")
# Variants of Arabic letters, and marks that only decorate.
_ARABIC = str.maketrans(
    {
        "\u0623": "\u0627",
        "\u0625": "\u0627",
        "\u0622": "\u0627",
        "\u0629": "\u0647",
        "\u0649": "\u064a",
        "\u06cc": "\u064a",
    }
    | {"\u06a9": "\u0643", "\u06be": "\u0647", "\u0640": ""}
    | {chr(mark): "" for mark in range(0x064B, 0x0653)}
)
_SPELLED_OUT = str.maketrans({"ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# The countries in which ö and ü are not spelled out as `oe` and `ue`.
_PLAIN_UMLAUTS = frozenset(
    "AR AZ BO CL CO CR CU DO EC ES GT HN HU MX NI PA PE PR PY SV TM TR UY VE".split()  # noqa: SIM905 - a table
)


def folded(text: str, country: str = "") -> str:
    """The text case-folded and composed (NFKC), with simplified Chinese characters, and German and Nordic letters
    spelled out; punctuation is kept. country: of the company (ISO 3166-1), may be empty."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if _HAS_CJK.search(text):
        text = _simplifier().convert(text)
    return _APOSTROPHES.sub("", text.translate(_letters(country in _PLAIN_UMLAUTS)))


def words(text: str) -> list[str]:
    """The words of a folded text in Latin letters and digits; a run of Chinese, Japanese and Korean characters is one,
    and so is `n.v.`."""
    found: list[str] = []
    for run in _RUNS.split(_DOTTED.sub("", text)):
        found += [run] if _RUNS.fullmatch(run) else _WORD.findall(anyascii(run).lower())
    return found


@cache
def _letters(plain_umlauts: bool) -> dict[int, str]:
    return {**_ARABIC, **_SPELLED_OUT, **({} if plain_umlauts else _UMLAUTS)}


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
