"""Bots: who made them, what they show, and who has added them."""
