"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .dashboard import DashboardLayout
from .health import SystemHealth
from .staff import StaffProfile

__all__ = ["DashboardLayout", "StaffProfile", "SystemHealth"]
