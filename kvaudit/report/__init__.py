"""Finished reports as text: one module a format, behind one small protocol."""
