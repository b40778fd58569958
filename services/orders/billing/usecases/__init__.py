"""One function per RPC: load, decide, commit."""
