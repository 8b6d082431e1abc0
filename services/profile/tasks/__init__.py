"""Small tasks that bring points: the raffle, and the first nickname and avatar of one's own."""
