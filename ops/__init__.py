"""Setting up, launching and tending a Userhub suite on one machine."""
