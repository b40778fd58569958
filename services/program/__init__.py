"""`prm program`: drafts and publishes a partner programme from a file, enrols partners, and shows their progress."""
