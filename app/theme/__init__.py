"""Colours, type and number formats, once for all pages. Says what things look like, never what is on a page."""
