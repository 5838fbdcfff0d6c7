"""What people type about certificates, cleaned and checked. Error sentences are translated where they are shown."""
