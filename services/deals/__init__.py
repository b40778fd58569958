"""Deal registrations: which partner found the customer and is protected until when. Holds no prices and no orders."""
