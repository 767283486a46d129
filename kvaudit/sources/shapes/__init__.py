"""The shapes of rows, a module for each family; none of them knows another."""
