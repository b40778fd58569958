"""What every proto of the project must keep to, checked on the compiled descriptors."""
