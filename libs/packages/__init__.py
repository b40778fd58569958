"""The package that answers a data subject: written as one file, and verified with that file and a public key alone.

Knows nothing of how a package is made: a verifier must not have to trust the code that made the package.
"""
