"""The web console of a cell: pages and forms for its users, and a client of its services that knows no rule."""
