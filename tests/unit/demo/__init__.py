"""What the demonstration prints."""
