"""Guards the exits of a cell: what the register of transfers permits, as every service knows it."""
