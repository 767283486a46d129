"""The shapes of rows, a module for each family. None knows another, save that some objects bring others along."""
