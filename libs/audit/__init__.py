"""The audit chain on its own: hashes, proofs, signed checkpoints, the export file and what is wrong with one.

Knows nothing of the rest of the system and imports itself by relative names, so the folder can be handed to an auditor
as it is: `python -m audit export.jsonl --key HEX` needs it, Python and the package `cryptography`.
"""
