"""A script of read-only commands of az that a customer runs, and that leaves a folder to scan."""
