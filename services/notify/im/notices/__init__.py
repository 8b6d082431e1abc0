"""Notices: what happened between people, told to them through instant messaging."""
