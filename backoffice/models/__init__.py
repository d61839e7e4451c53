"""The backoffice's own tables: who its people are and how they like their pages. Money is none of its business."""

from .access_record import AccessKind, AccessRecord
from .limits import RefundLimit
from .roles import InstalledRole, RolePolicy
from .second_factor import RecoveryCode, SealedTotp
from .session import StaffSession
from .staff import StaffProfile

__all__ = [
    "AccessKind",
    "AccessRecord",
    "InstalledRole",
    "RecoveryCode",
    "RefundLimit",
    "RolePolicy",
    "SealedTotp",
    "StaffProfile",
    "StaffSession",
]
