"""The platform's pages: the tool in a frame, and what a page does with the messages that the tool posts to it."""

import html
from collections.abc import Iterable

from tests.journeys.platform.courses import Context
from tests.journeys.platform.gradebook import stands

PAGE = (
    "<!doctype html><html lang=vi><title>{title}</title><style>body{{margin:8px}}iframe{{width:100%;height:1400px;"
    "border:0}}</style><h1>{title}</h1><p id=said></p>{body}"
)
FRAME = "<iframe src='{src}' title='Khóa học' id=tool></iframe><script>const storing = {storing};{script}</script>"
SCRIPT = """
const tool = document.getElementById('tool'), heard = [], stored = {};
const supported = ['lti.capabilities', 'lti.put_data', 'lti.get_data', 'lti.frameResize', 'org.imsglobal.lti.close'];
function answered(asked, kept) {
  if (!asked.message_id) return {error: {code: 'bad_request', message: 'message_id'}};
  if (asked.subject === 'lti.capabilities') return {supported_messages: supported.map(subject => ({subject}))};
  if (!asked.key) return {error: {code: 'bad_request', message: 'key'}};
  if (asked.subject === 'lti.get_data') return {key: asked.key, value: kept[asked.key] ?? null};
  if (asked.value == null) delete kept[asked.key]; else kept[asked.key] = asked.value;
  return {key: asked.key, value: asked.value ?? null};
}
addEventListener('message', event => {
  const asked = event.data;
  if (event.source !== tool.contentWindow || !asked || typeof asked !== 'object') return;
  heard.push(asked);
  if (asked.subject === 'org.imsglobal.lti.close') {
    tool.remove();
    document.getElementById('said').textContent = 'Đã đóng';
  }
  if (asked.subject === 'lti.frameResize' && asked.height > 0) tool.style.height = asked.height + 'px';
  if (!storing || !['lti.capabilities', 'lti.put_data', 'lti.get_data'].includes(asked.subject)) return;
  const kept = stored[event.origin] ??= {};
  const reply = {subject: asked.subject + '.response', message_id: asked.message_id, ...answered(asked, kept)};
  event.source.postMessage(reply, event.origin);
});
"""
"""LTI Client Side postMessages 0.1 and postMessage Storage 0.1: kept by the origin that asks, for this page's life."""


def safe(text: str) -> str:
    return html.escape(text, quote=True)


def framed(title: str, src: str, *, storing: bool = False) -> str:
    frame = FRAME.format(src=safe(src), storing="true" if storing else "false", script=SCRIPT)
    return PAGE.format(title=safe(title), body=frame)


def listed(title: str, lines: Iterable[str]) -> str:
    return PAGE.format(title=safe(title), body=f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>")


def links(context: Context) -> str:
    """The course as its people see it."""
    lines = (f"<a href='/course/{context.id}/{link.id}'>{safe(link.title)}</a>" for link in context.links.values())
    return listed(context.title, lines)


def gradebook(context: Context, teacher: str) -> str:
    """A row for each person and column; each grade leads to the submission."""
    rows = []
    for (item, sub), score in context.grades.items():
        given = f"{score['scoreGiven']}/{score['scoreMaximum']}" if stands(score) else "-"
        name = context.people[sub].name if sub in context.people else sub
        label = context.items.get(item, {}).get("label", "")
        review = f"/review/{context.id}/{item}/{sub}?sub={teacher}"
        rows.append(f"{safe(name)} {safe(label)} <a href='{safe(review)}'>{given}</a> {safe(score.get('comment', ''))}")
    return listed(f"Sổ điểm: {context.title}", rows)
