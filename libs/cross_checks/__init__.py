"""Questions between cells by keyed hashes: whether another cell knows the same customer or the same piece; see
README.md."""
