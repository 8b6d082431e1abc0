"""Whether clients show advertisements: one setting, kept by administrators."""
