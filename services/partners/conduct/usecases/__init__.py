"""One function per RPC and job: load, decide, commit."""
