"""All six services with real sockets, a real broker and real stores."""
