"""One function per RPC about campaigns."""
