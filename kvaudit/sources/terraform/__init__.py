"""Terraform's plans and states, and OpenTofu's: resources → Resource Manager's bodies → facts. Semantics 7.9."""
