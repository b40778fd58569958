"""Windows and calendars; figures of requirements and levels; memberships and what moves them."""
