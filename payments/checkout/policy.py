"""What a page may load, and who may show it."""

from collections.abc import Mapping

from django.http import HttpRequest


def headers(request: HttpRequest, *, framed_by_us: bool = False) -> Mapping[str, str]:
    """Return the headers of a page: nothing from elsewhere, nothing inline, in nobody's frame, in no cache."""
    # A browser holds `form-action` against the redirect that answers a form too, and that one goes to the PSP.
    to_psp = "https:" if request.is_secure() else "http: https:"
    framed_by = "'self'" if framed_by_us else "'none'"
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        f"connect-src 'self'; form-action 'self' {to_psp}; base-uri 'none'; "
        f"frame-ancestors {framed_by}",
        "X-Frame-Options": "SAMEORIGIN" if framed_by_us else "DENY",
        "Cache-Control": "no-store",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
        "Vary": "Accept-Language, Cookie",
    }
