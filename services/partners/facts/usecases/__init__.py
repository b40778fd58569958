"""Use cases of the facts: what events report and the sums of it, and the lists."""
