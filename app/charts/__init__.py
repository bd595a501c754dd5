"""Pure functions from frames to HoloViews elements."""
