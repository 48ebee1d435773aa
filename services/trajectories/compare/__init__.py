"""Places beside each other without a rank: each rate with its interval, and the limits of a funnel round all of them."""
