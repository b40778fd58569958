"""gRPC: the server, the wrapper around every method, errors as `google.rpc.Status`, a client; see README.md."""
