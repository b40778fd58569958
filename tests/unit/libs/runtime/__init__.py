"""Services in a process: how they start, work and stop, with the real store and the real broker."""
