"""From a snapshot to what is granted: to whom, over which vaults, by which path."""
