"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .access_record import AccessKind, AccessRecord
from .approval import ApprovalState, ProjectRefundLimit, RefundApproval
from .batch import ActionBatch, BatchRow, BatchState, RowState
from .dashboard import DashboardLayout
from .export_job import ExportJob, ExportState
from .health import SystemHealth
from .limits import RefundLimit
from .roles import InstalledRole, RolePolicy
from .saved_view import ListColumns, SavedView
from .second_factor import RecoveryCode, SealedTotp
from .session import StaffSession
from .staff import StaffProfile

__all__ = [
    "AccessKind",
    "AccessRecord",
    "ActionBatch",
    "ApprovalState",
    "BatchRow",
    "BatchState",
    "DashboardLayout",
    "ExportJob",
    "ExportState",
    "InstalledRole",
    "ListColumns",
    "ProjectRefundLimit",
    "RecoveryCode",
    "RefundApproval",
    "RefundLimit",
    "RolePolicy",
    "RowState",
    "SavedView",
    "SealedTotp",
    "StaffProfile",
    "StaffSession",
    "SystemHealth",
]
