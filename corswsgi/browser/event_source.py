"""The requirements of an EventSource on a response, after CORS: https://html.spec.whatwg.org/#sse-processing-model."""

from corswsgi.browser.failure import Failure
from corswsgi.browser.mime import mime_type_essence
from corswsgi.browser.response import Response

EVENT_SOURCE = "https://html.spec.whatwg.org/#sse-processing-model"
_OK = 200


def event_stream_check(response: Response) -> Failure | None:
    """Return why an EventSource would fail, or None."""
    if response.status != _OK:
        reason = f"the status is {response.status}, and an EventSource takes 200 alone"
        return Failure(code="eventsource-status", section=EVENT_SOURCE, reason=reason, detail=str(response.status))
    essence = mime_type_essence(response.headers.get("Content-Type") or "")
    if essence != "text/event-stream":
        reason = f"the Content-Type is {essence or 'missing'}, and an EventSource takes text/event-stream alone"
        return Failure(code="eventsource-type", section=EVENT_SOURCE, reason=reason, detail=essence or "")
    return None
