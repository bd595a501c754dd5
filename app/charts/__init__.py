"""Pure functions from frames to HoloViews elements, and `figure.as_item`, which makes of them what a browser draws."""
