"""Ids for people, groups and bots: one sequence for all, so that an id alone names one thing."""
