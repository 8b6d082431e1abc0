"""Captchas: pictures that a person can read and a script finds hard."""
