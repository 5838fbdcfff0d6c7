"""Whether the signature in each of our own files still holds: for the audit, beside the digests."""

from lms_app.certificates import inspecting, keys
from lms_app.certificates.queries import keys as known
from lms_app.core import apart

_inspector = apart.Pool(f"{inspecting.__name__}:{inspecting.inspected.__name__}")


class Signatures:
    """One run, begun while reading. `good`: how many signatures of ours have been found to hold."""

    def __init__(self) -> None:
        self.good = 0
        self._chains = [one.chain for one in known.seals() if one.chain]
        self._ours = {keys.facts(chain).fingerprint for chain in self._chains}

    def wrong(self, content: bytes) -> str:
        """What is wrong with the signature of a file, in English, "" for nothing."""
        try:
            seen = _inspector.call(content, ours=self._chains)
        except apart.Overrun:
            return "signature cannot be checked: too much work"
        if seen["state"] != inspecting.SIGNED:
            return f"signature cannot be checked: {seen['state']}"
        if seen["fingerprint"] not in self._ours:
            return f"signed with a key that is not ours: {seen['subject']}"
        if not seen["is_whole"]:
            return "signature does not hold"
        self.good += 1
        return ""
