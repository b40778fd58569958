"""`prm prove`: downloads the proof of a data subject's request, and verifies one. It has no state and serves no
calls."""
