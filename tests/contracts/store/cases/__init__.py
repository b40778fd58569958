"""The rules of the storage port, one module a subject; suite.py collects them."""
