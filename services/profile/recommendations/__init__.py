"""People whom administrators recommend."""
