"""The four services: auth, profile, social, notify."""
