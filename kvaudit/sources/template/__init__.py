"""ARM templates, and what Bicep compiles to: evaluated into the bodies they would create. Semantics 7.8."""
