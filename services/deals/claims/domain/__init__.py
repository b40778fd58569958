"""The structs and states of a registration, its draft, and what a partner's people see of it; pure and synchronous."""
