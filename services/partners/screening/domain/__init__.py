"""Lists and screenings; how names that are written differently are compared."""
