"""Who follows whom, and how many do."""
