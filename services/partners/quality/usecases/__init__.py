"""Looks at records, walks over all of them, and shows and judges what was found."""
