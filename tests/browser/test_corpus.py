"""The simulator against the cases of ``corpus/``, each with a verdict from the standard or web-platform-tests.

A case is served by an application that answers by path, exactly what the case says, and records what arrives.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from corswsgi.browser import CORSError, Handshake, Page, Reply
from tests.browser.serving import Answer, Clock, Server

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName

CORPUS = Path(__file__).parent / "corpus"

Case = dict[str, Any]


@cache
def read(name: str) -> tuple[Case, ...]:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return tuple(json.loads(line) for line in lines)


def cases(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for name in names for case in read(name)])


def serve(server: Server, url: str, preflight: Case | None, response: Case | None) -> None:
    """Let `server` answer at the path of `url` as a case says; what the case does not expect has no answer at all."""
    path = urlsplit(url).path
    for answers, answer in ((server.preflights, preflight), (server.answers, response)):
        answers.pop(path, None)
        if answer is not None:
            answers[path] = Answer(answer["status"], [(name, value) for name, value in answer["headers"]])


def answered(page: Page, request: Case) -> Reply:
    """Make a request in the way that its `api` says; raises `CORSError` where it is blocked."""
    call = {name: value for name, value in request.items() if name not in {"page_origin", "referrer_policy"}}
    if call.get("api") == "websocket":
        return page.open_websocket(call["url"])
    if call.get("api") == "form":
        return page.submit(call["url"], call["body"], method=call["method"])
    if not isinstance(call["headers"], dict):
        call["headers"] = [(name, value) for name, value in call["headers"]]
    return page.fetch(**call)


def explained(page: Page, request: Case) -> Handshake:
    try:
        return answered(page, request).handshake
    except CORSError as error:
        return error.handshake


def run(case: Case, engine: "EngineName" = "standard") -> Handshake:
    """Run a case of one request, through as many hops as it has."""
    server = Server()
    for hop in case.get("hops") or [{**case, "url": case["request"]["url"]}]:
        serve(server, hop["url"], hop["preflight_response"], hop["response"])
    return explained(Page(case["request"]["page_origin"], server, engine=engine), case["request"])


def run_steps(case: Case, engine: "EngineName" = "standard") -> list[Handshake]:
    """Run a case of several requests of one page, with pauses."""
    server, clock = Server(), Clock()
    page = Page(case["steps"][0]["request"]["page_origin"], server, engine=engine, clock=clock)
    handshakes = []
    for step in case["steps"]:
        clock.now += step.get("wait_ms", 0) / 1000
        for hop in step.get("hops") or [{**step, "url": step["request"]["url"]}]:
            serve(server, hop["url"], hop.get("preflight_response"), hop["response"])
        handshakes.append(explained(page, step["request"]))
    return handshakes


def asked(handshake: Handshake) -> list[str] | None:
    """Give the names that the last preflight asked for; None without a preflight."""
    preflights = [dict(sent.headers) for sent in handshake.requests if sent.preflight]
    if not preflights:
        return None
    return [name for name in preflights[-1].get("Access-Control-Request-Headers", "").split(",") if name]


def sent_headers(handshake: Handshake) -> dict[str, str]:
    return {name.lower(): value for name, value in handshake.requests[-1].headers}


def seen(handshake: Handshake, expect: Case) -> Case:
    """Give what happened, in the terms of `expect` and with no more keys than it has."""
    found: Case = {
        "allowed": handshake.allowed,
        "preflight": handshake.preflighted,
        "stage": handshake.stage,
        "request_headers_asked": asked(handshake),
        "readable_headers": sorted(handshake.readable_headers) if handshake.allowed else None,
        "unreadable_headers": sorted(handshake.unreadable_headers) if handshake.allowed else None,
        "network": bool(handshake.requests),
        "type": handshake.type,
    }
    if "sent_headers" in expect:
        sent = sent_headers(handshake)
        found["sent_headers"] = {name: sent.get(name.lower()) for name in expect["sent_headers"]}
    return {key: found[key] for key in expect}


def comparable(expect: Case) -> Case:
    """Take from `expect` the order of names, and what it does not say of an allowed request."""
    names = ("readable_headers", "unreadable_headers")
    unsaid = [key for key in names if expect.get("allowed") and expect.get(key) is None]
    said = {key: value for key, value in expect.items() if key not in unsaid}
    return {key: sorted(value) if key in names and value is not None else value for key, value in said.items()}


def seen_hops(handshake: Handshake, case: Case) -> list[Case]:
    """Give what arrived at each hop, in the terms of what the case expects there."""
    hops = []
    for hop, expect in zip(case["hops"], case["expect"]["hops"], strict=False):
        here = [sent for sent in handshake.requests if urlsplit(sent.url).path == urlsplit(hop["url"]).path]
        preflights = [sent for sent in here if sent.preflight]
        actual = [sent for sent in here if not sent.preflight]
        found = {
            "preflight": bool(preflights),
            "reached": bool(actual),
            "method": actual[0].method if actual else None,
            "origin_sent": dict((actual or preflights)[0].headers).get("Origin") if here else None,
            "request_headers_asked": (
                dict(preflights[0].headers)["Access-Control-Request-Headers"].split(",") if preflights else None
            )
            if "request_headers_asked" in expect
            else None,
        }
        hops.append({key: found[key] for key in expect})
    return hops


@cases("fetch", "mode")
def test_one_request_ends_as_the_case_says(case: Case) -> None:
    expect = comparable(case["expect"])
    assert seen(run(case), expect) == expect


@cases("redirect")
def test_redirects_end_as_the_case_says(case: Case) -> None:
    handshake = run(case)
    assert seen_hops(handshake, case) == case["expect"]["hops"]
    assert handshake.allowed == case["expect"]["allowed"]
    if handshake.allowed and "type" in case["expect"]:
        assert handshake.type == case["expect"]["type"]
    for key in ("readable_headers", "unreadable_headers"):
        assert set(getattr(handshake, key)) >= set(case["expect"].get(key, ()))


@cases("cache")
def test_each_request_of_a_sequence_ends_as_the_case_says(case: Case) -> None:
    expected = [comparable(step["expect"]) for step in case["steps"]]
    assert [seen(h, expect) for h, expect in zip(run_steps(case), expected, strict=True)] == expected


@cases("spec", "engines", "engine-differs")
def test_the_standard_profile_follows_the_text_where_an_engine_may_not(case: Case) -> None:
    if "steps" in case:
        test_each_request_of_a_sequence_ends_as_the_case_says(case)
    elif "hops" in case:
        test_redirects_end_as_the_case_says(case)
    else:
        test_one_request_ends_as_the_case_says(case)


# What the cases of engine-differs.jsonl say in words that Chromium does.
CHROMIUM_DIFFERS: dict[str, Case | list[Case]] = {
    "dis-authz-001": {"preflight": True, "allowed": True},
    "dis-cache-002": [{"preflight": True, "allowed": True}, {"preflight": True, "allowed": False}],
    "dis-cache-004": [{"preflight": True, "allowed": True}, {"preflight": True, "allowed": False}],
    "dis-cache-005": [
        {"preflight": True, "allowed": True},
        {"preflight": False, "allowed": False},
        {"preflight": False, "allowed": True},
    ],
    "dis-pairs-001": {"preflight": True, "request_headers_asked": ["accept"], "allowed": False},
    "dis-pairs-002": {"preflight": True, "request_headers_asked": ["content-type"], "allowed": False},
    "dis-ua-001": {"preflight": False, "allowed": True, "sent_headers": {"User-Agent": None}},
    "dis-hint-003": {"preflight": False, "allowed": True, "sent_headers": {"Downlink": "1"}},
    "dis-hint-007": {"preflight": False, "allowed": True, "sent_headers": {"RTT": "50"}},
    "dis-hint-008": {"preflight": False, "allowed": True, "sent_headers": {"ECT": "4g"}},
    "dis-redir-001": {"preflight": False, "allowed": False, "stage": "response"},
}


def refusing(case: Case) -> Case:
    """Answer a preflight that the case does not expect with a refusal."""
    for part in case.get("steps", [case]):
        part["preflight_response"] = part.get("preflight_response") or {"status": 403, "headers": []}
    return case


@cases("engine-differs")
def test_chromium_does_what_it_was_seen_to_do(case: Case) -> None:
    expect = CHROMIUM_DIFFERS[case["id"]]
    case = refusing(json.loads(json.dumps(case)))
    if isinstance(expect, list):
        assert [seen(h, e) for h, e in zip(run_steps(case, "chromium"), expect, strict=True)] == expect
    else:
        assert seen(run(case, "chromium"), expect) == expect


@cases("fetch", "mode", "redirect", "cache")
def test_chromium_agrees_with_the_standard_on_all_other_cases(case: Case) -> None:
    if "steps" in case:
        assert [h.allowed for h in run_steps(case, "chromium")] == [s["expect"]["allowed"] for s in case["steps"]]
    else:
        assert run(case, "chromium").allowed == case["expect"]["allowed"]


@pytest.mark.parametrize("line", [pytest.param(line, id=line["id"]) for line in read("console-chromium")])
def test_the_message_is_what_chromium_s_console_said(line: Case) -> None:
    (case,) = (case for name in ("fetch", "redirect", "mode") for case in read(name) if case["id"] == line["id"])
    assert run(case, "chromium").message == line["console"]
