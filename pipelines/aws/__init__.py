"""One module a service: typed records out of boto3 responses. Nothing here writes to a database."""
