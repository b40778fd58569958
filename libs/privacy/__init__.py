"""Personal data: how it is found by keyed hashes, masked, and encrypted; see README.md."""
