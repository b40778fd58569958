"""Nobody of a partner sees or changes what is another's, in any service, on either store."""
