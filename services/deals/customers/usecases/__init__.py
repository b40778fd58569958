"""The use cases of end customers."""
