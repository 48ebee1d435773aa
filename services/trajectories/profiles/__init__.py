"""The population profile of a community: figures with their comparators, each with its period and source."""
