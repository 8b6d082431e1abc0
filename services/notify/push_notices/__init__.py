"""Notices on people's devices, about what happens to their accounts."""
