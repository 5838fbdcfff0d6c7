"""What everything is compared with: the least that Flask on the same server can do."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "Hello, world"
