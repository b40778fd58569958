"""The commands `prm backup` and `prm restore`."""
