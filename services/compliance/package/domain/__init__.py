"""When a package may be taken, and what a person is told in it; pure and synchronous."""
