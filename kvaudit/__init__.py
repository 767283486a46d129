"""kvaudit: who can do what to our Azure Key Vaults, by which path, and is that what we meant?"""

__version__ = "0.1.0"
