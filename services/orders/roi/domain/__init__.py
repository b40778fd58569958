"""What the statement of a return on investment says, and how it is computed; pure and synchronous."""
