"""Changing one value in another program's file, and nothing else in it: text in, text out, no file is touched here."""
