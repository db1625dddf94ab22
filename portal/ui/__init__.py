"""What pages share: the shell, the states, grid, chart and icons. Makes no network call of its own."""
