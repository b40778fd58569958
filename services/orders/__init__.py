"""Orders: prices, credit, shipments, invoices, payments and returns. This service never decides which partner may sell
what."""
