"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .approval import ApprovalState, ProjectRefundLimit, RefundApproval
from .batch import ActionBatch, BatchRow, BatchState, RowState
from .limits import RefundLimit, RolePolicy
from .staff import StaffProfile

__all__ = ["RefundLimit", "RolePolicy", "StaffProfile"]
from .saved_view import ListColumns, SavedView

__all__ = ["ListColumns", "SavedView", "StaffProfile"]
__all__ = [
    "ActionBatch",
    "ApprovalState",
    "BatchRow",
    "BatchState",
    "ProjectRefundLimit",
    "RefundApproval",
    "RefundLimit",
    "RolePolicy",
    "RowState",
    "StaffProfile",
]
from .health import SystemHealth

__all__ = ["StaffProfile", "SystemHealth"]
from .dashboard import DashboardLayout

__all__ = ["DashboardLayout", "StaffProfile", "SystemHealth"]
from .access_record import AccessKind, AccessRecord
from .limits import RefundLimit
from .roles import InstalledRole, RolePolicy
from .second_factor import RecoveryCode, SealedTotp
from .session import StaffSession
    "AccessKind",
    "AccessRecord",
    "InstalledRole",
    "RecoveryCode",
    "SealedTotp",
    "StaffSession",
