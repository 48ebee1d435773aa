"""Statistical process control: is a change in a series more than chance?"""
