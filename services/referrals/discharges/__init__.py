"""How a case ends, and which activity staff judge to have been avoided."""
