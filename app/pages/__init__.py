"""Pages composed of views."""
