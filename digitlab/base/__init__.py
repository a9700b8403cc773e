"""What every part uses: whole files, processes, the machine, a terminal (no NumPy where it can be helped)."""
