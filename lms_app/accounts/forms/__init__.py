"""What people type about themselves and HR about staff, cleaned and checked."""
