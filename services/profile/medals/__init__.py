"""Medals: a catalogue, and who has which."""
