"""One suite per port, for whatever stands behind it."""
