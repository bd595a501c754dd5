"""Colours, type and number formats, once for all pages."""
