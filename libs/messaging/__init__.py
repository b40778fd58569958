"""Events: written with their change, delivered at least once, with an effect of exactly once; see README.md."""
