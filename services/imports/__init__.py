"""`prm import`: CSV files to the Import RPCs by a mapping file. Decides nothing about business, guesses nothing."""
