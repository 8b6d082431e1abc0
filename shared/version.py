"""The version of Userhub, as the bus and the API documents show it."""

VERSION = "0.1.0"
