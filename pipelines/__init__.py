"""AWS → PostgreSQL → DuckDB marts. The only package that speaks to AWS (boto3), run by the worker process."""
