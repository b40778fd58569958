"""A listener for ASGI apps with a bound on everything that a client can make it hold."""
