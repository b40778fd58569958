"""`prm cell`: adds a cell to deploy/, names what is wrong with the facts of cells, and renders one."""
