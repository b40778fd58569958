"""`prm protos`: the protos as a tree that builds anywhere, for who generates a client."""
