"""Partners: through which organizations the vendor sells, their contacts, and what each may sell where. This service
decides nothing about deals."""
