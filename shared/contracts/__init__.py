"""What each service can be asked, what it refuses with, and what it announces."""
