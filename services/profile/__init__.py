"""What people show of themselves, and the pictures that belong to it."""
