"""Which parts of a client its owner hides, per device."""
