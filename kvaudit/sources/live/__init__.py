"""Azure itself as a source: what it says now, written down as a snapshot that is read as every other one.

The only place that imports azure. Nothing here is imported before live work starts. What the packages do by
themselves, and why much of it is switched off here, stands with the policies.
"""
