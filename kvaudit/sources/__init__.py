"""Reading what people have: files, folders and standard input, in any of the shapes Azure's tools write."""
