"""What to do about findings: the configuration, and the verdict of a run."""
