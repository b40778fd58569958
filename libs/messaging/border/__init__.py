"""The border between cells on the bus: what leaves a cell, and what the hub may do; see README.md."""
