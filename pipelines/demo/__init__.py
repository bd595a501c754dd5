"""The simulated AWS: a seeded estate of client accounts behind an HTTP endpoint that real boto3 talks to."""
