"""The pieces of libs.messaging one by one; what they hold together is tested in tests/contracts/messaging."""
