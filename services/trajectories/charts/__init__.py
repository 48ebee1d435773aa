"""A series as a picture: its values with limits, trajectory, target and notes, as SVG or PNG, for whoever may see the figures."""
