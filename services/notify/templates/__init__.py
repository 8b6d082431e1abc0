"""Templates: what messages say, by locale and channel."""
