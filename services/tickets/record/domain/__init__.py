"""The documents and states of a ticket; pure and synchronous."""
