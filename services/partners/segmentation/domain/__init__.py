"""Models, classes by cumulated share, life cycles, runs and segments; pure and synchronous."""
