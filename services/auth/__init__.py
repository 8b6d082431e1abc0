"""Accounts, and how a person proves to be the owner of one."""
