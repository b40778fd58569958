"""Events: written with the change, published at least once, taken in with an effect of exactly once; see README.md."""
