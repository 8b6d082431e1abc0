"""Delivery reports that SMS providers send of their own accord."""
