"""Audience groups of staff, as the plan counts them. A group belongs to a post (`Employment`), not to a person."""

LEADERS, SPECIALISTS, STAFF = "LD", "CT", "CC"
GROUPS = {
    LEADERS: "Lãnh đạo, quản lý",
    SPECIALISTS: "Cán bộ CNTT, chuyển đổi số",
    STAFF: "Công chức, viên chức, người lao động",
}
"""Code -> name, in the order of the reports. The names are Vietnamese source sentences; templates translate them."""

DUTIES = {"full": "Chuyên trách", "part": "Kiêm nhiệm"}
"""For specialists only (plan 4624 counts 30 full-time and 16 part-time)."""
