"""The conditions of an export, and the privacy notice of a package; pure and synchronous."""
