"""Who is asking: passwords, tokens, sessions, the sign-in routes."""
