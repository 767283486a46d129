"""The rules that need Python: each module says in RULES which ids it judges."""
