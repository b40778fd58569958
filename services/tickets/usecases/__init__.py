"""One function per RPC, consumed event or job: load, decide, commit."""
