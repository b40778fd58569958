"""Tickets: what happens after the sale, and whether the vendor answers in time. Never decides on returns or money."""
