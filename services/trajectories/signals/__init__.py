"""What the platform tells of performance and of the plan: a special cause, a figure above its trajectory, a draft, an approval."""
