"""The package that answers a person: written as one file, and checked with nothing but that file and a public key.

Knows nothing of how a package is made: whoever checks one must not have to trust the code that made it.
"""
