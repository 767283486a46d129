"""The values everything else is made of: no input or output, no command line, no terminal."""
