"""The method wrapper, the server and the client, over a real socket."""
