"""Rules: what is judged, how a rule is written, and the rules that ship."""
