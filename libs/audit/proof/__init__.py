"""The proof of one request of a data subject: what was done for it, in one file that anybody can check alone.

As the rest of `audit`, this folder does not depend on the system: `python -m audit.proof proof.jsonl --key HEX`.
"""
