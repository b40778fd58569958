"""gRPC: the server, the one wrapper around every method, errors on the wire, mapping; see README.md."""
