"""Deal registrations: who found the customer, who is protected and until when. Never holds prices or orders."""
