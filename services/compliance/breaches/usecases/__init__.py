"""The use cases of breaches: the register, the notices."""
