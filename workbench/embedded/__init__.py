"""PostgreSQL and Redis as children of ours, for the demo, the tests and single-machine installs.

Nothing here changes the machine: no user is added, no folder that is not ours gets another mode.
"""
