"""Lays out one page: HTML on standard input, PDF on standard output.

    python -m assay.adapters.paper_child

It fetches nothing, and the kernel ends it if it needs too much.
"""

import resource
import sys

CPU_S = 30
MEMORY_BYTES = 2 * 1024**3
NO_PROTOCOLS: tuple[str, ...] = ()
"""Neither the network nor files of this machine."""


def main() -> int:
    """Exit status 0 if there is a PDF."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    page, nothing = sys.stdin.buffer.read().decode(), URLFetcher(allowed_protocols=NO_PROTOCOLS)
    made = HTML(string=page, url_fetcher=nothing, base_url="about:blank").write_pdf()
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
