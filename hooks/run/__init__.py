"""The stages of `gardener run`: select, execute, judge, tell, conclude."""
