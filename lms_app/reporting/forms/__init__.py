"""What HR types about plans, targets and reports, cleaned and checked."""
