"""Open Badges 3.0: credentials, our public keys, status lists. The home of PyJWT in this part."""

import jwt  # noqa: F401
