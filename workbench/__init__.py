"""What everything stands on, and what a notebook imports.

Settings, errors, log, clock, SQL files, PostgreSQL, marts and the field's own calculations live here.
`workbench` imports nothing from `app`, `pipelines` or `llm`, and neither boto3 nor panel nor fastapi.
"""
