"""Personal data: which fields hold it, how it is found, how it is handed over; see README.md."""
