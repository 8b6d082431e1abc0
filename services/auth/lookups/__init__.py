"""Finding accounts: what anyone may see of them."""
