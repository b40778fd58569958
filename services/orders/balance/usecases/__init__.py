"""One function per RPC or job: load, decide, commit."""
