"""One function per RPC, job and consumed event: load, decide, commit."""
