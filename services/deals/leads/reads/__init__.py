"""What leads are compared with and scored by, and the writes of a lead that moves."""
