"""The six services and the `prm` command; see README.md for how a service is built."""
