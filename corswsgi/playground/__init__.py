"""A local page on which a real browser sends real requests between real origins, and shows why they pass or fail.

The laws of this package: it listens on loopback only. A request with a foreign ``Host``, or a request to the control
page without the token, gets nothing. It writes no file, and nothing runs before it is asked for.
"""
