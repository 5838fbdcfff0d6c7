"""Pages and addresses of this part: for platforms, for people in their frames, for administrators."""
