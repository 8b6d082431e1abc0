"""Kill switches: what operators have stopped."""
