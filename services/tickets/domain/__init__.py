"""The rules of tickets, pure and synchronous: states, clocks, service policies, comments, events."""
