"""The words on a document, by language."""

from .catalogue import Texts
from .languages import LANGUAGES, RIGHT_TO_LEFT, language_of

__all__ = ["LANGUAGES", "RIGHT_TO_LEFT", "Texts", "language_of"]
