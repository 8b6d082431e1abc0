"""The phone number and the e-mail address of an account, after it was made."""
