"""The pages of each role, as declarations."""
