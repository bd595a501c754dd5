"""Runs the command line of the pipelines."""

from pipelines.cli import main

if __name__ == "__main__":
    main()
