"""What every engine of the storage port must do; README.md says how."""
