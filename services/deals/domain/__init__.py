"""The rules of deal registration, pure and synchronous: registrations, matching, the events they lead to."""
