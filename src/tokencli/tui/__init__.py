"""The live view's room: textual, and what answers to keys. What is seen is drawn in `render`."""
