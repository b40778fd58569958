"""The rules of credits, allocations, refunds and statements; pure and synchronous."""
