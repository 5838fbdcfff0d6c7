"""Write the next migration from what the models have and the last one has not: `make migration NAME=0002_words`.

The name is the id, the file's name and what HEAD.txt holds, so two branches that both add one conflict in git.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import flask_migrate

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from lms_app.app import create_app  # noqa: E402 - a script's own folder is not the project's
from lms_app.core.settings import Settings  # noqa: E402

NAME = re.compile(r"(\d{4})_[a-z0-9_]+")
LONGEST = 32
"""What Alembic's own table holds."""


def wrong_with(name: str) -> str | None:
    """A sentence, or None when the name may be taken."""
    match = NAME.fullmatch(name)
    due = len(list((HERE / "versions").glob("[0-9]*.py"))) + 1
    if match is None or len(name) > LONGEST:
        return f"Name it like NAME={due:04}_revoked_reason: lower case, at most {LONGEST} characters."
    if int(match[1]) != due:
        return f"The next number is {due:04}."
    return None


def write(name: str) -> Path:
    """Compare the models with an empty database that has all migrations so far."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        settings = Settings(
            data=data, url="http://127.0.0.1", secret_key="x" * 32, database_url=f"sqlite:///{data / 'lms.db'}"
        )
        with create_app(settings).app_context():
            flask_migrate.upgrade()
            flask_migrate.migrate(message=name.split("_", 1)[1].replace("_", " ").capitalize() + ".", rev_id=name)
    return HERE / "versions" / f"{name}.py"


def main(name: str) -> int:
    wrong = wrong_with(name)
    if wrong:
        print(wrong)
        return 1
    path = write(name)
    if not path.exists():
        print("The models hold nothing that the migrations have not.")
        return 1
    (HERE / "HEAD.txt").write_text(f"{name}\n", encoding="utf-8")
    path.write_text(re.sub(r"\n    # ### .*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--fix-only", "--quiet", path], check=False)
    subprocess.run([ruff, "format", "--quiet", path], check=True)
    print(
        f"Wrote {path.relative_to(HERE.parent)} and HEAD.txt. Read it, say in its docstring why, and run `make test`."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
