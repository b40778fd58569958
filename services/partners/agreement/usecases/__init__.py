"""The use cases of agreements: writing and signing them, their end, and what follows."""
