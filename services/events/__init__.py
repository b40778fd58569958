"""`prm events`: the catalogue of all events, and what passes on the broker of a cell."""
