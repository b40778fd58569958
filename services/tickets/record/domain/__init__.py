"""The structs and states of a ticket; pure and synchronous."""
