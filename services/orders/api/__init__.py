"""The gRPC side of orders, one module per noun: decode, call one use case, encode."""
