"""Real-name verification: submitted by people, decided by administrators."""
