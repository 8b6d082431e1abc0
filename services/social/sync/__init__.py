"""What clients sync from: who sees what differently since when."""
