"""Tickets: support after the sale, and whether the vendor answers in time. This service never decides on returns or
money."""
