"""Everything an author should mend before publishing (course-format §6 and §8), each with file and line."""

import math
from collections.abc import Iterator
from datetime import date, timedelta

from lms_app.courses import pictures, quiz_checks, targets, wording
from lms_app.courses.folder import DEEPEST, FACT, INCLUDE, Document, Entry, Folder, Page
from lms_app.courses.issues import Issue, ordered
from lms_app.courses.markup import inside
from lms_app.courses.rendering import Renderer
from lms_app.courses.schema import is_day

HEAVY = 60 * 1024
CHECKED_FOR = timedelta(days=366)
SPEED, A_CHECK, A_TASK, STEP = 200, 2, 5, 5
"""Reading: tiếng a minute, minutes a self-check, minutes for the task at the desk, rounded up to (gold, rule 8)."""

Anchors = dict[str, list[str]]


def check(folder: Folder, today: date, *, publishing: bool = False) -> list[Issue]:
    """All issues of a course. `publishing` asks also for what only matters when learners will see it."""
    anchors = headings(folder)
    found = list(folder.issues)
    for rule in (_ids, _completion, _media, _translations):
        found.extend(rule(folder))
    found.extend(_sources(folder, today, strict=publishing or folder.course.values.get("status") == "published"))
    found.extend(quiz_checks.check(folder, anchors))
    for document in folder.documents:
        for page in document.pages.values():
            found.extend(_page(folder, document, page, anchors, today))
    if publishing and folder.course.values.get("status") not in ("published", "retired"):
        status = folder.course.values.get("status", "draft")
        found.append(Issue(folder.course.file, folder.course.line("status"), "not-published", {"status": status}))
    return ordered(found)


def headings(folder: Folder) -> Anchors:
    """The ids of the headings of each lesson and handout, in order, as its page will carry them."""
    renderer = Renderer(targets.context(folder, folder.lang))
    found = {}
    for document in (*folder.of("lesson"), *folder.of("handout")):
        text = folder.expand(document.original.text, folder.lang)
        found[document.slug] = [name for name, _words in renderer.page(text).anchors]
    return found


def _ids(folder: Folder) -> Iterator[Issue]:
    course = folder.course
    if course.values.get("id") not in (None, folder.id):
        yield Issue(course.file, course.line("id"), "course-id", {"wanted": folder.id})
    if not folder.of("lesson"):
        yield Issue(course.file, 1, "no-lesson")
    taken: dict[str, str] = {}
    for document in folder.documents:
        page = document.original
        places = [(document.slug, page.data.line("id"))] + [(q.slug, q.line) for q in page.questions]
        for slug, line in places:
            if slug and slug in taken:
                yield Issue(page.file, line, "duplicate-id", {"id": slug, "where": taken[slug]})
            taken.setdefault(slug, f"{page.file}:{line}")


def _completion(folder: Folder) -> Iterator[Issue]:
    course = folder.course
    rule = course.values.get("completion")
    if not isinstance(rule, dict):
        return
    for kind, key, code in (("quiz", "quizzes", "unknown-quiz"), ("lesson", "lessons", "unknown-lesson")):
        named = rule.get(key) if isinstance(rule.get(key), list) else []
        for at, slug in enumerate(named or []):
            if folder.find(kind, str(slug)) is None:
                yield Issue(course.file, course.line(f"completion.{key}.{at}"), code, {"id": slug})


def _media(folder: Folder) -> Iterator[Issue]:
    for name, data in folder.media.items():
        file = f"{folder.id}/media/{name}"
        suffix = f".{name.rsplit('.', 1)[-1].lower()}"
        if suffix not in pictures.TYPES:
            yield Issue(file, 1, "unknown-file")
        if len(data) > HEAVY and suffix not in {".pdf", ".vtt"}:
            yield Issue(file, 1, "image-weight", {"kb": math.ceil(len(data) / 1024)})
        if suffix == ".svg" and (pictures.is_active(data) or pictures.size(data) == (0, 0)):
            yield Issue(file, 1, "svg")


def _translations(folder: Folder) -> Iterator[Issue]:
    for document in folder.documents:
        original = document.original
        for page in document.pages.values():
            if page is original:
                continue
            if page.data.values.get("id") != document.slug:
                yield Issue(page.file, page.data.line("id"), "course-id", {"wanted": document.slug})
            said = str(page.data.values.get("translation_of_hash", "")).lower()
            if said not in original.hashes():
                line = page.data.line("translation_of_hash")
                yield Issue(page.file, line, "translation-drift", {"hash": original.hashes()[0]})


def _sources(folder: Folder, today: date, *, strict: bool) -> Iterator[Issue]:
    used: set[str] = set()
    for data in (folder.course, *(p.data for d in folder.documents for p in d.pages.values())):
        listed = data.values.get("sources")
        for at, slug in enumerate(listed if isinstance(listed, list) else []):
            used.add(str(slug))
            if str(slug) not in folder.sources:
                yield Issue(data.file, data.line(f"sources.{at}"), "unknown-source", {"id": slug})
    for slug in sorted(used & set(folder.sources)):
        yield from _source(slug, folder.sources[slug], today, strict=strict)


def _source(slug: str, entry: Entry, today: date, *, strict: bool) -> Iterator[Issue]:
    values = entry.values
    if values.get("status") == "pending":
        yield Issue(entry.file, entry.line, "source-pending", {"id": slug}, is_mild=not strict)
    elif not values.get("act") or not values.get("date"):
        yield Issue(entry.file, entry.line, "source-incomplete", {"id": slug}, is_mild=not strict)
    if values.get("status") == "replaced":
        by = f" ({values['replaced_by']})" if values.get("replaced_by") else ""
        yield Issue(entry.file, entry.line, "source-replaced", {"id": slug, "by": by})
    checked = values.get("checked_on")
    if values.get("status") != "pending" and not (is_day(checked) and today - checked <= CHECKED_FOR):
        yield Issue(entry.file, entry.line, "source-old", {"id": slug})


def _page(folder: Folder, document: Document, page: Page, anchors: Anchors, today: date) -> Iterator[Issue]:
    yield from wording.check(page.body, page.file, page.first, page.lang)
    yield from wording.check(str(page.data.values.get("title", "")), page.file, page.data.line("title"), page.lang)
    yield from _facts(folder, page, today)
    yield from _links(folder, page, anchors)
    if document.kind in {"lesson", "handout"}:
        yield from _jumps(page)
    if document.kind == "lesson":
        yield from _minutes(page)
        if page.data.values.get("complete") == "check" and not page.questions:
            yield Issue(page.file, page.data.line("complete"), "no-check")


def _facts(folder: Folder, page: Page, today: date) -> Iterator[Issue]:
    for at, line in enumerate(page.body.split("\n"), page.first):
        for found in FACT.finditer(line):
            key = found["key"]
            values = folder.facts[key].values if key in folder.facts else None
            if values is None or not folder.fact(key, page.lang):
                yield Issue(page.file, at, "unknown-fact", {"key": key})
                continue
            if values.get("level", "F") != "F":
                yield Issue(page.file, at, "fact-level", {"key": key, "level": values["level"]})
            if is_day(end := values.get("valid_to")) and end < today:
                yield Issue(page.file, at, "fact-old", {"key": key, "day": end.strftime("%d/%m/%Y")})
        for found in INCLUDE.finditer(line):
            if INCLUDE.search(folder.expand(found[0], page.lang)):
                yield Issue(page.file, at, "include", {"target": found["target"], "depth": DEEPEST})


def _links(folder: Folder, page: Page, anchors: Anchors) -> Iterator[Issue]:
    context = targets.context(folder, page.lang)
    own = set(anchors.get(str(page.data.values.get("id")), ()))
    lessons = {f"{d.name}.md": set(anchors.get(d.slug, ())) for d in folder.documents}
    for at, line in wording.lines(page.body, page.first):
        for image in wording.IMAGE.finditer(line):
            if inside(image["target"]) not in context.pictures:
                yield Issue(page.file, at, "broken-link", {"target": image["target"]})
        for link in wording.LINK.finditer(line):
            written = link["target"]
            if ":" in written or written.startswith("/"):
                continue
            target, _mark, anchor = inside(written).partition("#")
            known = target in context.links or target in context.pictures or not target
            if not known or (anchor and anchor not in (lessons.get(target, set()) if target else own)):
                yield Issue(page.file, at, "broken-link", {"target": written})


def _jumps(page: Page) -> Iterator[Issue]:
    level = 1
    for at, line in wording.lines(page.body, page.first):
        marks = len(line) - len(line.lstrip("#"))
        if not marks or not line[marks:].startswith(" "):
            continue
        if marks == 1 or marks > level + 1:
            yield Issue(page.file, at, "heading")
        level = max(marks, 2)


def _minutes(page: Page) -> Iterator[Issue]:
    given = page.data.values.get("minutes")
    if not isinstance(given, int):
        return
    asked = " ".join(" ".join((q.stem, q.situation, *(o.text for o in q.options))) for q in page.questions)
    words = wording.syllables(page.text) + wording.syllables(asked)
    need = words / SPEED + A_CHECK * len(page.questions) + A_TASK
    wanted = math.ceil(need / STEP) * STEP
    if page.lang == "vi" and abs(wanted - given) >= STEP:
        values = {"words": words, "checks": len(page.questions), "wanted": wanted, "given": given}
        yield Issue(page.file, page.data.line("minutes"), "minutes", values)
