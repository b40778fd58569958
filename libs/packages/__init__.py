"""The package that answers a data subject: it is written as one file, and that file and a public key suffice to verify
it.

This folder does not use the code that creates packages, because a verifier must not depend on that code.
"""
