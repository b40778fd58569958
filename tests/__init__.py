"""What holds, stated as tests; see README.md of each folder."""
