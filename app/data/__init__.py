"""What pages and API show, read through the mart door. No widgets, no HTTP."""
