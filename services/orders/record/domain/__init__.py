"""What an order is made of, its states and the goods that left; pure and synchronous."""
