"""Telling people what happened to their account."""
