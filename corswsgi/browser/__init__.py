"""The other side of CORS: what a browser does, from the Fetch standard. Start with `Page`.

The law of this package: it decides by the standard alone. It imports nothing that answers requests, and so it is what
the rest of the project is tested against.
"""

from corswsgi.browser.handshake import Handshake, Note, Received, Sent, Step
from corswsgi.browser.page import CORSError, Page
from corswsgi.browser.reply import ReadableHeaders, Reply
from corswsgi.browser.set_cookie import DroppedCookie

__all__ = [
    "CORSError", "DroppedCookie", "Handshake", "Note", "Page", "ReadableHeaders", "Received", "Reply", "Sent", "Step",
]  # fmt: skip
