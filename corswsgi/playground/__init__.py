"""A local page on which a real browser sends real requests between real origins, and shows why they pass or fail.

The laws of this package: it listens on loopback only; a request whose ``Host`` is not one of its own, or which asks the
control page for something without the token, gets nothing; it writes no file; and nothing runs before somebody asks.
"""
