"""When a package may be exported, and its privacy notice; pure and synchronous."""
