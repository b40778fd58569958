"""Runs a process of services: the parts of a service, and the order of start and stop; see README.md."""
