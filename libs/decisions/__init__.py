"""Acts that take effect when a second person has confirmed them; see README.md."""
