"""Joint plans: their targets, their states, and how much of a target is reached."""
