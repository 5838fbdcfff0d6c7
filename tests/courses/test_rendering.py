import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_app.courses.markup import Context, Picture, check_mark
from lms_app.courses.rendering import Renderer
from tests.web import strict

CONTEXT = Context(
    "vi",
    links={"shared/to.md": "/courses/cc-01/handouts/to", "02-b.md": "/courses/cc-01/lessons/b"},
    pictures={"media/x.svg": Picture("/courses/cc-01/media/0a1b2c3d/x.svg", 480, 270, 900)},
)
ATTACKS = (
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '[a](javascript:alert(1)){onclick="alert(1)"}',
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](JaVa&#115;cript:alert(1))",
    '![x](javascript:alert(1)){onload="x"}',
    '# Tiêu đề {onclick="alert(1)" style="color:red"}',
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=//x.example></iframe>",
    "```\n</code><script>alert(1)</script>\n```",
    "> [!TIP]\n> <style>*{}</style>",
    "| a |\n|---|\n| <b onclick=x>y</b> |",
    '{.lead onmouseover="x"}\n\nchữ\n{.note onmouseover="x"}',
)


def render(text: str) -> str:
    return Renderer(CONTEXT).page(text).html


def is_safe(html: str) -> bool:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        if node.tag in {"script", "style", "iframe", "form", "input", "object"}:
            return False
        if any(name.startswith("on") or name == "style" for name in node.attrib):
            return False
        targets = (node.get("href", ""), node.get("src", ""))
        if any(target.lower().startswith(("javascript:", "data:")) for target in targets):
            return False
    return True


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_reaches_the_page(text: str) -> None:
    renderer = Renderer(CONTEXT)
    assert is_safe(renderer.page(text).html)
    assert is_safe(renderer.block(text))
    assert is_safe(renderer.inline(text))


@given(st.lists(st.sampled_from([*ATTACKS, "\n\n", "> ", "- ", "`", "*", "chữ ", "| a |\n|---|\n"]), max_size=8))
def test_no_mixture_of_attacks_reaches_the_page(parts: list[str]) -> None:
    assert is_safe(render("".join(parts)))


def test_raw_html_is_shown_as_text() -> None:
    assert "&lt;b&gt;đậm&lt;/b&gt;" in render("Chữ <b>đậm</b>")


@pytest.mark.parametrize(
    ("kind", "look", "title"),
    [
        ("NOTE", "note", "Ghi chú"),
        ("TIP", "note tip", "Mẹo"),
        ("IMPORTANT", "note warn", "Quan trọng"),
        ("WARNING", "note err", "Cảnh báo"),
        ("example", "note example", "Ví dụ"),
    ],
)
def test_callouts_look_like_the_note_component(kind: str, look: str, title: str) -> None:
    html = render(f"Mở.\n\n> [!{kind}]\n> Nội dung.\n")
    assert f'<aside aria-label="{title}" class="{look}">\n<p class="note-t"><svg class="i"' in html
    assert f"</svg>{title}</p>\n<p>Nội dung.</p>\n</aside>" in html


def test_callouts_are_named_in_english_on_english_pages() -> None:
    html = Renderer(Context("en")).page("> [!TIP]\n> Text.\n").html
    assert 'aria-label="Tip"' in html


def test_trainers_notes_never_leave_the_server() -> None:
    assert "bí mật" not in render("Mở.\n\n> [!trainer]\n> bí mật\n>\n> - bí mật\n\nĐóng.")


def test_tables_stand_in_a_region_with_a_numbered_caption() -> None:
    html = render("Mở.\n\n| Việc | Số |\n|---|--:|\n| Gọi | 1 |\n\n/// table-caption\nCác *việc*\n///\n")
    assert (
        '<div aria-label="Bảng 1. Các việc" class="scroll" role="region" tabindex="0"><table>\n'
        "<caption><span>Bảng 1. Các <em>việc</em></span></caption>"
    ) in html
    assert '<th scope="col">Việc</th>\n<th class="num" scope="col">Số</th>' in html
    assert '<th scope="row">Gọi</th>\n<td class="num">1</td>' in html


def test_figures_have_size_alt_and_numbered_caption() -> None:
    html = render("Mở.\n\n![Bốn bước](media/x.svg)\n\n/// figure-caption\nĐường đi\n///\n")
    assert (
        '<figure><img alt="Bốn bước" decoding="async" height="270" loading="lazy" '
        'src="/courses/cc-01/media/0a1b2c3d/x.svg" width="480">\n'
        "<figcaption>Hình 1. Đường đi</figcaption></figure>"
    ) in html


def test_links_lead_to_our_pages_and_foreign_ones_say_so() -> None:
    html = render("[tờ](shared/to.md), [bài](02-b.md#muc), [ngoài](https://vd.example/a)")
    assert '<a href="/courses/cc-01/handouts/to">' in html
    assert '<a href="/courses/cc-01/lessons/b#muc">' in html
    assert '<a href="https://vd.example/a" rel="external noopener noreferrer">' in html


def test_only_the_first_paragraph_is_the_lead() -> None:
    assert render("Một.\n\nHai.") == '<p class="lead">Một.</p>\n<p>Hai.</p>'
    assert render("Một.\n{.lead}\n\nHai.") == '<p class="lead">Một.</p>\n<p>Hai.</p>'


def test_headings_have_stable_ids_from_their_words() -> None:
    found = Renderer(CONTEXT).page("## Đổi mật khẩu\n\n## Đổi mật khẩu\n\n## Khác {#rieng}\n")
    assert [name for name, _words in found.anchors] == ["doi-mat-khau", "doi-mat-khau-2", "rieng"]
    assert Renderer(Context("en")).page("## Change it\n", ["doi-mat-khau"]).anchors == (("doi-mat-khau", "Change it"),)


def test_the_mark_of_a_self_check_becomes_a_comment() -> None:
    html = render(f"Một.\n\n{check_mark('tu-1')}\n\nHai.")
    assert html == '<p class="lead">Một.</p>\n<!--check:tu-1-->\n<p>Hai.</p>'


def test_options_stay_inline_whatever_they_begin_with() -> None:
    renderer = Renderer(CONTEXT)
    found = [renderer.inline(text) for text in ("1. Gọi", "- Chờ", "# Số", "> lớn", "`a` **b**", "5")]
    assert found == ["1. Gọi", "- Chờ", "# Số", "&gt; lớn", "<code>a</code> <strong>b</strong>", "5"]


def test_plain_words_keep_the_spaces_around_a_gap() -> None:
    assert Renderer(CONTEXT).plain(" và **A & B** là ") == " và A & B là "


def test_a_page_is_strict_html() -> None:
    text = (
        "Mở[^1].\n\n> [!TIP]\n> a\n\n| a | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |\n\nx\n:   y\n\n[^1]: chú\n"
    )
    strict(f"<!doctype html><html><head><title>x</title></head><body>{render(text)}</body></html>", "x")
