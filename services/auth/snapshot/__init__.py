"""All people there are, page by page."""
