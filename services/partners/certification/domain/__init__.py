"""Tracks and gates; completions and their end; the certified persons of a partner."""
