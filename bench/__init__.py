"""How fast Userhub is, as ratios against bare baselines measured in the same run."""
