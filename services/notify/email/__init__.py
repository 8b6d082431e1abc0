"""E-mail, handed to an SMTP server."""
