"""Registration: how an account comes to be, and the first session that may come with it."""
