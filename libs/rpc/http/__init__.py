"""The JSON face: the Connect protocol, unary, over the same wrapper as gRPC."""
