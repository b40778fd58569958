"""`prm request`: calls a method of compliance with a request in JSON. It has no state and serves no calls."""
