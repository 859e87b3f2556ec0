"""Browser files are exactly those that were reviewed, and nothing asks a foreign host for more."""

import importlib.util
import re
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

STATIC = settings.BASE_DIR / "static"


def load_vendor():
    spec = importlib.util.spec_from_file_location(
        "vendor", settings.BASE_DIR / "scripts" / "vendor.py"
    )
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their own module up while the class is made.
    sys.modules["vendor"] = module
    spec.loader.exec_module(module)
    return module


def test_vendored_files_are_as_the_manifest_says():
    assert load_vendor().faults() == []


def test_stylesheets_name_only_files_that_exist():
    missing = [
        f"{sheet.name}: {target}"
        for sheet in STATIC.rglob("*.css")
        for target in re.findall(r"url\([\"']?([^\"')]+)", sheet.read_text(encoding="utf-8"))
        if not target.startswith("data:") and not (sheet.parent / target).is_file()
    ]
    assert missing == []


def test_own_browser_files_keep_their_budget():
    # Raw bytes. The whole CSS has a budget of 40 KB compressed, of which Bootstrap takes 31.
    assert len((STATIC / "website/site.js").read_bytes()) <= 6 * 1024
    assert len((STATIC / "website/site.css").read_bytes()) <= 28 * 1024


def test_templates_of_the_website_hold_no_inline_style_or_handler():
    faults = [
        f"{template.relative_to(settings.BASE_DIR)}: {found}"
        for folder in ("website", "account", "allauth", "bootstrap5")
        for template in (settings.BASE_DIR / "templates" / folder).rglob("*.html")
        for found in re.findall(
            r"\s(?:style|on[a-z]+)=[\"']|<style|<script(?![^>]*(?:nonce|src)=)",
            template.read_text(encoding="utf-8"),
        )
    ]
    assert faults == []
