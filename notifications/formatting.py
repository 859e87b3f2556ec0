"""The simple formatting of message texts, written twice: as HTML and as plain text.

Paragraphs are separated by a blank line; ``**bold**``, ``[label](address)`` and bare addresses
are known; a paragraph that is one link becomes a button, one that is bold stands out. Everything
is read in a single pass over the text that staff wrote; a value is put in afterwards and never
read again, so that nothing in a client's name can become a link, a variable or a tag
(reliability T15).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

NAME = r"[a-z][a-z0-9_]*"
VARIABLE = re.compile(r"\{(" + NAME + r")\}")

_INLINE = re.compile(
    r"\[(?P<label>[^\[\]\n]{1,200})\]"
    r"\((?P<target>\{" + NAME + r"\}|https?://[^\s()<>{}]{1,500})\)"
    r"|(?P<address>https?://[^\s()<>{}]{1,500})"
    r"|\*\*(?P<bold>[^*\n]{1,500})\*\*"
    r"|\{(?P<name>" + NAME + r")\}"
)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE_END = ".,;:!?"

_LINK_STYLE = "color:#1F5C4F;text-decoration:underline"
_BUTTON_STYLE = (
    "display:inline-block;padding:12px 20px;border-radius:12px;background-color:#1F5C4F;"
    "color:#FFFFFF;font-weight:600;text-decoration:none"
)
_LINE_BREAK = mark_safe("<br>\n")
_PARAGRAPH_STYLE = "margin:0 0 16px"
_STANDOUT_STYLE = "margin:0 0 16px;font-size:24px;letter-spacing:1px"


@dataclass(frozen=True)
class Value:
    """The value of one variable, already cleaned. A link's text is an address made by us."""

    text: str
    link: bool = False


Values = Mapping[str, Value]


def clean_value(text: str, *, multiline: bool = False) -> str:
    """``text`` without control and direction-changing characters, in one line unless told.

    A line break in a header makes Django refuse the mail, and the queue would try it for three
    days (reliability T16); a direction mark can make a name read as something else.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cleaned = [
        " ".join("".join(" " if _is_control(ch) else ch for ch in line).split()) for line in lines
    ]
    kept = [line for line in cleaned if line]
    return "\n".join(kept) if multiline else " ".join(kept)


def _is_control(character: str) -> bool:
    if character in "\u200d\u200c\u00ad":
        return False  # joiners inside emoji and names, soft hyphens
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def as_line(text: str, values: Values) -> str:
    """``text`` with its variables filled in, as one line: a subject."""
    filled = VARIABLE.sub(lambda match: values[match.group(1)].text, text)
    return clean_value(filled)


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in _BLANK_LINES.split(text.strip()) if part.strip()]


def as_html(text: str, values: Values) -> SafeString:
    """``text`` as paragraphs of HTML; every value and every other letter escaped."""
    return format_html_join(
        "\n",
        '<p style="{}">{}</p>',
        (
            (_STANDOUT_STYLE if _is_bold(part) else _PARAGRAPH_STYLE, html)
            for part in paragraphs(text)
            if (html := _paragraph_html(part, values))
        ),
    )


def as_text(text: str, values: Values) -> str:
    """``text`` as a person would write it in a plain mail."""
    written = ("".join(_plain_pieces(part, values)).strip() for part in paragraphs(text))
    return "\n\n".join(part for part in written if part)


def _is_bold(part: str) -> bool:
    """A paragraph that is bold as a whole, like a code, is to be found at a glance."""
    whole = _INLINE.fullmatch(part)
    return whole is not None and whole["bold"] is not None


def _paragraph_html(part: str, values: Values) -> SafeString | None:
    whole = _INLINE.fullmatch(part)
    style = _BUTTON_STYLE if whole and whole["label"] else _LINK_STYLE
    pieces = list(_html_pieces(part, values, link_style=style))
    if not "".join(pieces).strip():
        return None  # a variable that was empty today, alone in its paragraph
    return _join(pieces)


def _join(pieces: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _html_pieces(
    text: str, values: Values, *, link_style: str = _LINK_STYLE
) -> Iterator[SafeString]:
    position = 0
    for match in _INLINE.finditer(text):
        before = text[position : match.start()]
        position = match.end()
        if match["name"] and not values[match["name"]].text:
            before = before.rstrip(" ")  # no "Hello ," for somebody without a name
        yield _lines_html(before)
        if match["label"]:
            target = _target(match["target"], values)
            label = _join(_html_pieces(match["label"], values))
            yield _anchor(target, label, link_style) if target else label
        elif match["address"]:
            address, tail = _split_tail(match["address"])
            yield _anchor(address, address, link_style)
            yield _lines_html(tail)
        elif match["bold"]:
            yield format_html("<strong>{}</strong>", _join(_html_pieces(match["bold"], values)))
        else:
            value = values[match["name"]]
            if value.link and value.text:
                yield _anchor(value.text, value.text, link_style)
            else:
                yield _lines_html(value.text)
    yield _lines_html(text[position:])


def _anchor(target: str, label: str, style: str) -> SafeString:
    return format_html('<a href="{}" style="{}">{}</a>', target, style, label)


def _lines_html(text: str) -> SafeString:
    return format_html_join(_LINE_BREAK, "{}", ((line,) for line in text.split("\n")))


def _plain_pieces(text: str, values: Values) -> Iterator[str]:
    position = 0
    for match in _INLINE.finditer(text):
        before = text[position : match.start()]
        position = match.end()
        if match["name"] and not values[match["name"]].text:
            before = before.rstrip(" ")
        yield before
        if match["label"]:
            label = "".join(_plain_pieces(match["label"], values))
            target = _target(match["target"], values)
            yield f"{label}: {target}" if target and target != label else label
        elif match["bold"]:
            yield from _plain_pieces(match["bold"], values)
        elif match["name"]:
            yield values[match["name"]].text
        else:
            yield match["address"]
    yield text[position:]


def _target(written: str, values: Values) -> str:
    """The address behind ``written``; empty unless it is typed out or made by us."""
    variable = VARIABLE.fullmatch(written)
    if variable is None:
        return written
    value = values[variable.group(1)]
    return value.text if value.link else ""


def _split_tail(address: str) -> tuple[str, str]:
    bare = address.rstrip(_SENTENCE_END)
    return bare, address[len(bare) :]
