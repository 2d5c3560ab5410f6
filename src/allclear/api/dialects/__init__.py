"""What foreign APIs read and change here, beside the alerts that the intake takes: each answers as its vendor does."""
