"""Sessions: who is logged in where, and how that ends."""
