"""`python -m workbench …`: migrate, check, settings and users."""

from workbench.cli import app

app()
