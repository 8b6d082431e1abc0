"""TLS to NATS, MongoDB and Redis: asked for by their URLs, and then never without looking.

A certificate must name the host of the URL and be signed by one of `TLS_CA_FILE`, or by one that
the system trusts if there is no such file. Nothing older than TLS 1.2 is spoken.
"""

import ssl


def context(ca_file: str) -> ssl.SSLContext:
    """Trust who is in the file, or whom the system trusts; a file of no use ends the process."""
    try:
        made = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise SystemExit(f"TLS_CA_FILE={ca_file} holds no certificates to trust: {error}") from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made
