"""Keys and PAdES signatures: the home of pyHanko and of the seal keys."""

import asn1crypto  # noqa: F401
import cryptography  # noqa: F401
import pkcs11  # noqa: F401
import pyhanko  # noqa: F401
