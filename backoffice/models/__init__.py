"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .export_job import ExportJob, ExportState
from .staff import StaffProfile

__all__ = ["ExportJob", "ExportState", "StaffProfile"]
