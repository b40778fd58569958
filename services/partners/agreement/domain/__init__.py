"""The terms of an agreement, its states, and the law about its end."""
