"""Analysis of regexes without running them: their syntax, which characters can follow which, and their time."""
