"""The vocabulary and the tools that the gateway and every service share."""
