"""Reduces a word in Latin letters to a spelling that its variants share: `Müller` and `Muller`, `Tekhno` and
`Techno`."""

from functools import lru_cache

# Applied in this order. Vowels first: what German, Nordic and Dutch spell with two letters, others spell with one.
_SPELLINGS = (
    ("ij", "i"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
    ("ou", "u"),
    ("iy", "i"),
    ("yi", "i"),
    ("ie", "i"),
    ("y", "i"),
    ("j", "i"),
    ("sch", "s"),
    ("shch", "s"),
    ("tch", "c"),
    ("kh", "k"),
    ("ch", "k"),
    ("sh", "s"),
    ("zh", "z"),
    ("ph", "f"),
    ("th", "t"),
    ("gh", "g"),
    ("dh", "d"),
    ("ck", "k"),
    ("tz", "z"),
    ("ts", "z"),
    ("cz", "z"),
    ("qu", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("ce", "se"),
    ("ci", "si"),
    ("c", "k"),
    ("w", "v"),
    ("z", "s"),
)
_VOWELS = frozenset("aeiouh")  # `h` is lost or added as they are


@lru_cache(maxsize=16_384)
def sound(word: str) -> str:
    """The common spelling of a word in lower case; digits stay. Never empty unless the word is."""
    for one, other in _SPELLINGS:
        word = word.replace(one, other)
    return "".join(letter for place, letter in enumerate(word) if letter.isdigit() or letter != word[place - 1 : place])


@lru_cache(maxsize=16_384)
def skeleton(heard: str) -> str:
    """The consonants and digits of a word's sound, each once in a row: what transliterations and most typing errors
    leave alone."""
    left = [letter for letter in heard if letter not in _VOWELS]
    return "".join(letter for place, letter in enumerate(left) if not place or letter != left[place - 1])
