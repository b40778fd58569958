"""Compares organisations that are written differently; see README.md."""

from libs.matching.index import NameIndex
from libs.matching.model import Model, Part, Score, Verdict, trained
from libs.matching.organisation import Organisation, Prepared, RegisterNumber
from libs.matching.terms import terms

__all__ = [
    "Model",
    "NameIndex",
    "Organisation",
    "Part",
    "Prepared",
    "RegisterNumber",
    "Score",
    "Verdict",
    "terms",
    "trained",
]
