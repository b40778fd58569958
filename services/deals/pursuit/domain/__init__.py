"""The rules of joint pursuits; pure and synchronous."""
