"""Points: a ledger with a balance per person, and who got the most."""
