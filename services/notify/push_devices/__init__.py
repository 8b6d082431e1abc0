"""Devices that push messages go to, and whether their person wants any."""
