"""The clocks of a request: the terms of the law, the deadlines that follow, and how they change; pure."""
