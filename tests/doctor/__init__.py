"""`doctor` and `validate --online`: each misconfiguration is named by one line, with its mend."""
