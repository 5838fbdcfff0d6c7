"""Short courses on digital transformation: lessons, tests, certificates, LTI 1.3. The map is in README.md."""
