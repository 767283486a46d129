"""Through whose eyes Azure is looked at: what a token says of itself, and what it does not."""

import base64
import json

import pytest

from kvaudit.sources.live.viewer import viewer

CLIENT = "33333333-3333-3333-3333-333333333333"


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(**claims):
    return f"{part({'alg': 'none'})}.{part(claims)}.x"


@pytest.mark.parametrize(
    ("claims", "skew", "said"),
    [
        ({"nbf": 1000, "iat": 1000, "exp": 5000}, 0, ""),
        ({"nbf": 1300, "exp": 5000}, 0, ""),
        ({"nbf": 1301, "exp": 5000}, -301, "behind of Entra's by 5 minutes"),
        ({"iat": 4600, "exp": 9000}, -3600, "behind of Entra's by 60 minutes"),
        ({"nbf": 0, "exp": 400}, 600, "ahead of Entra's by 10 minutes"),
        ({"nbf": "soon", "exp": 1e300}, 0, ""),
        ({"nbf": None, "exp": -1}, 0, ""),
    ],
)
def test_a_clock_that_is_wrong(claims, skew, said):
    seen = viewer(jwt(**claims), "az login", 1000.0)
    assert seen.skew_seconds == skew
    assert said in seen.warning
    assert bool(said) == bool(seen.warning)


@pytest.mark.parametrize(
    "token",
    ["", "opaque", "a.b", "a.b.c", "a.é.c", f"a.{part([])}.c", f"a.{part('x')}.c", "a." + "W1tb" * 99999 + ".c"],
)
def test_a_token_that_says_nothing(token):
    seen = viewer(token, "az login", 1000.0)
    assert (seen.tenant, seen.object_id, seen.app_id, seen.name, seen.skew_seconds) == (None, None, None, None, 0)


def test_a_token_that_says_strange_things():
    seen = viewer(jwt(tid=1, oid=["x"], appid="", azp=CLIENT, upn={}, unique_name="ada"), "az login", 1000.0)
    assert (seen.tenant, seen.object_id, seen.app_id, seen.name) == (None, None, CLIENT, "ada")
