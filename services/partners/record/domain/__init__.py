"""The structs and states of a partner; pure and synchronous."""
