"""Market potentials, and the coverage that follows from them, revenue and territories."""
