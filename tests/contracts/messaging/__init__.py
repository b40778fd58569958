"""What holds for everything that carries events, against the real broker and the real SQLite; see libs/messaging."""
