"""The rules of invoices, credit notes and payments; pure and synchronous."""
