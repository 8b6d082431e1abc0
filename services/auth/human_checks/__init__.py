"""Sliders, the passes they earn, and where a pass is asked for."""
