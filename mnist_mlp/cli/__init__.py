"""The command line: builds, prints, and turns errors into exit codes. Computes nothing."""
