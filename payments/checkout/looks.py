"""A project's images and colours, from the same host as its pages."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from paymenthub.kernel.errors import NotFound
from payments.models import ProjectBranding

from .brand import stylesheet
from .errors import error_page


@require_safe
def look(request: HttpRequest, project: uuid.UUID, file: str) -> HttpResponse:
    """Serve `logo.png`, `icon.png` or `look.css` of a project; the address changes with every change of the look."""
    row = ProjectBranding.objects.filter(project_id=project).first()
    body, kind = _content(row, file) if row is not None else (b"", "")
    if not body:
        return error_page(request, NotFound("There is nothing here."))
    response = HttpResponse(body, content_type=kind)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.GET else "no-cache"
    response["Content-Security-Policy"] = "default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _content(row: ProjectBranding, file: str) -> tuple[bytes, str]:
    match file:
        case "logo.png":
            return bytes(row.logo), "image/png"
        case "icon.png":
            return bytes(row.favicon), "image/png"
        case _:
            return stylesheet(row).encode(), "text/css; charset=utf-8"
