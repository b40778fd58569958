"""Documents, unique indexes and all-or-nothing commits over two engines; see README.md."""
