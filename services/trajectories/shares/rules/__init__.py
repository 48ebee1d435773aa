"""The arithmetic of a fair share: whole numbers, windows of months, and what one version says. Pure."""
