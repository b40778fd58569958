"""Partners: who the vendor sells through, who works there, what each may sell where. Decides nothing about deals."""
