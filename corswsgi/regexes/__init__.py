"""Regexes that are read and not run: their syntax, the characters that follow one another in them, and their time."""
