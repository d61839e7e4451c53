"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .saved_view import ListColumns, SavedView
from .staff import StaffProfile

__all__ = ["ListColumns", "SavedView", "StaffProfile"]
