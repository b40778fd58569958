"""`prm export`: downloads the package of a data subject's request, and verifies one. It has no state and serves no
calls."""
