#!/bin/sh
# Prints the path of a Python that can run the workbench (3.12 or newer), or says how to get one.
# 3.12 is tried first: one of our optional wheels (a Redis server) exists for it and not yet for newer ones.
set -u

suits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (sys.version_info >= (3, 12)))' >/dev/null 2>&1
}

for version in 3.12 3.13 3.14; do
    # pyenv keeps its Pythons in a folder of versions; its commands on PATH fail unless a version is selected.
    for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
        if suits "$python"; then
            command -v "$python"
            exit 0
        fi
    done
done
for python in python3 python; do
    if suits "$python"; then
        command -v "$python"
        exit 0
    fi
done

cat >&2 <<TEXT
No Python 3.12 or newer was found (looked on PATH and in pyenv's versions folder). Three ways to get one:
  1. Your system:  apt-get install python3.12 python3.12-venv  (or: dnf install python3.12, brew install python@3.12)
  2. pyenv:        pyenv install 3.12
  3. uv:           pip install uv && uv python install 3.12, then put its folder on PATH
Then run the same command again.
TEXT
exit 1
