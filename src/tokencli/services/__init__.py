"""One module per promise: what the program does, without knowing how it is shown."""
