"""What was sold, shipped and paid: prices, orders, credit, invoices, returns. Never decides who may sell what."""
