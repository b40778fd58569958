"""The part of near matches that higher slices may use: the search, and the writes to the index."""
