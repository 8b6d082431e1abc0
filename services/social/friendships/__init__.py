"""Who is whose friend, who asked whom, and what people call their friends."""
