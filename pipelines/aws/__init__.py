"""AWS as the pipelines see it: one door (`connect`), one module a service that yields frozen records, no database.

Invariant: nothing here knows of a test. Where AWS answers is boto3's own setting (`AWS_ENDPOINT_URL`, profiles).
"""
