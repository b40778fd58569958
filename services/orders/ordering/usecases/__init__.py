"""One function per RPC or consumed event: load, decide, commit."""
