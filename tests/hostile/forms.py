"""The forms of a page as a browser sees them, read from its HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

VOID = {"submit", "button", "image", "reset"}
Pair = tuple[str, Any]


@dataclass(frozen=True)
class Field:
    """One control. ``kind`` is the input's type, or select, textarea, button."""

    name: str
    kind: str
    value: str | None  # None: an unchecked box, or nothing chosen
    choices: tuple[str, ...] = ()


@dataclass
class Form:
    """A form with where it leads, by method, and what it holds."""

    page: str
    address: str
    method: str
    fields: list[Field] = field(default_factory=list)
    has_plain_button: bool = False

    @property
    def can_be_sent(self) -> bool:
        """Whether a button sends it; a form without one waits for a button in another state."""
        return self.has_plain_button or any(each.kind == "button" for each in self.fields)

    @property
    def path(self) -> str:
        return self.address.partition("?")[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.name for each in self.fields))

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """Two forms with the same key are one form on two pages."""
        return (self.method, self.path, tuple(sorted(self.names)))

    def filled(self, good: dict[str, str]) -> list[Pair]:
        """What a browser sends once a person has filled in what is empty; no button."""
        pairs: list[Pair] = []
        chosen: set[str] = set()
        for each in self.fields:
            if each.kind == "button":
                continue
            if each.kind == "radio":
                group = [one for one in self.fields if one.name == each.name]
                on = next((one.value for one in group if one.choices), None)
                if each.name not in chosen:
                    chosen.add(each.name)
                    pairs.append((each.name, good.get(each.name) or on or group[0].value or ""))
            elif each.kind == "checkbox":
                if each.choices or good.get(each.name) == each.value:
                    pairs.append((each.name, each.value))
            else:
                value = each.value or good.get(each.name.rsplit("-", 1)[-1], "")
                if not value and each.kind == "select":
                    value = next((one for one in each.choices if one), "")
                pairs.append((each.name, value))
        return pairs


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.elsewhere: list[tuple[str, Field]] = []  # controls with a form="…" attribute
        self.sent_from_elsewhere: list[str] = []  # buttons with one
        self.form: Form | None = None
        self.select: tuple[dict[str, str | None], list[str], list[str]] | None = None
        self.text: tuple[dict[str, str | None], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self._open(have.get("action"), have.get("method") or "get")
            if have.get("id") and self.form:
                self.by_id[str(have["id"])] = self.form
        elif tag == "input":
            self._input(have)
        elif tag == "button":
            self._button(have)
        elif tag == "select":
            self.select = (have, [], [])
        elif tag == "option" and self.select is not None:
            value = have.get("value") or ""
            self.select[1].append(value)
            if "selected" in have:
                self.select[2].append(value)
        elif tag == "textarea":
            self.text = (have, [])
        # A part of the page that asks by itself.
        if have.get("hx-post") and tag != "form":
            inner = self.form
            alone = Form(
                self.page, urljoin(self.page, have["hx-post"] or ""), "post", has_plain_button=True
            )
            if inner is not None:
                alone.fields = inner.fields  # the same list: what comes later belongs to both
            self.forms.append(alone)

    def _open(self, action: str | None, method: str) -> None:
        address = urljoin(self.page, action) if action else self.page
        self.form = Form(self.page, address, method.lower())
        self.forms.append(self.form)

    def _input(self, have: dict[str, str | None]) -> None:
        kind = (have.get("type") or "text").lower()
        if kind in VOID:
            if kind == "submit":
                self._button(have)
            return
        value, choices = have.get("value") or "", ()
        if kind in {"checkbox", "radio"}:
            value = have.get("value") or "on"
            choices = (value,) if "checked" in have else ()
        self._add(have, Field(have.get("name") or "", kind, value, choices))

    def _button(self, have: dict[str, str | None]) -> None:
        if (have.get("type") or "submit") != "submit":
            return
        if have.get("formaction") and self.form is not None:
            other = Form(
                self.page,
                urljoin(self.page, have["formaction"] or ""),
                "post",
                has_plain_button=True,
            )
            other.fields = self.form.fields
            self.forms.append(other)
        if have.get("name"):
            self._add(have, Field(have["name"] or "", "button", have.get("value") or ""))
        elif have.get("form"):
            self.sent_from_elsewhere.append(str(have["form"]))
        elif self.form is not None and not have.get("formaction"):
            self.form.has_plain_button = True

    def _add(self, have: dict[str, str | None], one: Field) -> None:
        if not one.name or "disabled" in have:
            return
        if have.get("form"):
            self.elsewhere.append((str(have["form"]), one))
        elif self.form is not None:
            self.form.fields.append(one)

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select" and self.select is not None:
            have, options, chosen = self.select
            value = chosen[0] if chosen else (options[0] if options else None)
            self._add(have, Field(have.get("name") or "", "select", value, tuple(options)))
            self.select = None
        elif tag == "textarea" and self.text is not None:
            have, parts = self.text
            # A browser drops the newline right after the tag.
            self._add(have, Field(have.get("name") or "", "textarea", "".join(parts)[1:]))
            self.text = None


def forms_of(page: str, html: str) -> list[Form]:
    """Every form of ``html``, which stands at the address ``page``."""
    reader = _Reader(page)
    reader.feed(html)
    for form_id, one in reader.elsewhere:
        if form_id in reader.by_id:
            reader.by_id[form_id].fields.append(one)
    for form_id in reader.sent_from_elsewhere:
        if form_id in reader.by_id:
            reader.by_id[form_id].has_plain_button = True
    return reader.forms


def encode(pairs: list[Pair]) -> bytes:
    """As it comes over the wire; a lone surrogate as its three bytes, bytes as they are."""
    return urlencode(pairs, errors="surrogatepass").encode()
