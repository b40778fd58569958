"""The hash chain of the audit trail: hashes, proofs, signed checkpoints, the export file and its verification.

This folder does not depend on the rest of the system and uses relative imports, so an auditor can run it alone:
`python -m audit export.jsonl --key HEX` needs only Python and the package `cryptography`.
"""
