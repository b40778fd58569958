"""All five services with real sockets, a real broker and real stores."""
