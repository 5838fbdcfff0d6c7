"""Static files: compressed once a release, kept for a year by browsers, fresh after an edit.

They are served from a copy under the data folder that is named after what is in it. So a copy is never stale, and
several processes that start together make the same one.
"""

import hashlib
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

STATIC = Path(__file__).parent / "static"
LEFT_OUT = {".br", ".gz", ".txt"}
A_YEAR = 31536000


def serve(inner: Any, data: Path, *, changing: bool) -> WhiteNoise:
    """The WSGI app with `/static/` before it. `changing`: a developer edits, so look at each file anew."""
    if changing:
        return WhiteNoise(inner, root=str(STATIC), prefix="static/", max_age=0, autorefresh=True)
    return WhiteNoise(inner, root=str(prepare(data)), prefix="static/", max_age=A_YEAR)


def addresses() -> dict[str, str]:
    """File -> address with the first digits of its digest, so that browsers may keep it for a year."""
    return {name: f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:8]}" for name, content in _files().items()}


def prepare(data: Path) -> Path:
    """The folder with today's files and their .br and .gz; made when it is not there yet."""
    files = _files()
    whole = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]
    ready = data / "static" / whole
    if ready.is_dir():
        return ready
    ready.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=ready.parent, prefix="half-"))
    half.chmod(0o755)
    for name, content in files.items():
        _put(half / name, content)
    try:
        half.rename(ready)
    except OSError:  # another process was first, with the same files
        shutil.rmtree(half)
    return ready


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    compressor = Compressor(quiet=True)
    if compressor.should_compress(path.name):
        compressor.compress(str(path))


@lru_cache(1)
def _files() -> dict[str, bytes]:
    """As they were when this process started: addresses and contents never differ."""
    found = sorted(path for path in STATIC.rglob("*") if path.is_file() and path.suffix not in LEFT_OUT)
    return {str(path.relative_to(STATIC)): path.read_bytes() for path in found}
