"""Versions of programmes; what is measured; the rules that a version must obey."""
