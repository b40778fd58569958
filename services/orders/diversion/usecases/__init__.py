"""The use cases of diversion."""
