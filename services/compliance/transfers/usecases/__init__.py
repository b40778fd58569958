"""The use cases of transfers: the register, the flows, the end of a year."""
