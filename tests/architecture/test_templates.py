"""Templates under our content security policy, and as fast as they were measured."""

import re

from tests.architecture.tree import modules, templates, texts

BANNED = {
    "an inline style": re.compile(r"<style\b|<[^>{]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "|safe (the one door is |trusted)": re.compile(r"\|\s*safe\b"),
    "an import with context": re.compile(r"\bwith context\b"),
    "autoescape switched": re.compile(r"{%-?\s*autoescape\b"),
}


def test_templates_hold_nothing_that_the_policy_or_the_budget_forbids() -> None:
    found = [
        f"{name}: {what}" for name, text in templates() for what, pattern in BANNED.items() if pattern.search(text)
    ]
    assert not found


def test_no_template_is_compiled_from_a_string() -> None:
    names = ("render_template_string", "from_string")
    assert not [name for name, text in texts() if name in modules() and any(word in text for word in names)]
