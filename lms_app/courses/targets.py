"""Where the links and pictures of a course lead: from targets as written to addresses on our pages."""

import hashlib
from pathlib import PurePosixPath

from lms_app.courses import pictures
from lms_app.courses.folder import Folder
from lms_app.courses.markup import Context, Picture


def context(folder: Folder, lang: str) -> Context:
    """Links to handouts and lessons, and the pictures; a picture `x.en.svg` replaces `x.svg` in English."""
    return Context(lang=lang, links=_links(folder), pictures=_pictures(folder, lang))


def media_address(course: str, digest: str, name: str) -> str:
    return f"/courses/{course}/media/{digest[:8]}/{name}"


def _links(folder: Folder) -> dict[str, str]:
    found = {f"{d.name}.md": f"/courses/{folder.id}/lessons/{d.slug}" for d in folder.of("lesson")}
    return found | {f"{d.name}.md": f"/courses/{folder.id}/handouts/{d.slug}" for d in folder.of("handout")}


def _pictures(folder: Folder, lang: str) -> dict[str, Picture]:
    found = {}
    for name in folder.media:
        path = PurePosixPath(name)
        translated = f"{path.stem}.{lang}{path.suffix}"
        used = translated if translated in folder.media else name
        data = folder.media[used]
        address = media_address(folder.id, hashlib.sha256(data).hexdigest(), used)
        found[f"media/{name}"] = Picture(address, *pictures.size(data), len(data))
    return found
