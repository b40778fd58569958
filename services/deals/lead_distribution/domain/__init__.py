"""The rules of the distribution, and of what a partner can pick."""
