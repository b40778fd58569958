"""What components add to the processes and secrets of a cell."""

from tests.deploy.manifests import Cell

COLLECTOR = "prm-tls-collector"
EDGE = "edge"


def has_edge(cell: Cell) -> bool:
    """Whether the cell has a broker of its own for what may leave it."""
    return any(one.metadata.name == EDGE for one in cell.workloads)


def added_to(cell: Cell) -> set[str]:
    """The secrets of the collector, of the backup and of the edge, if the cell has them."""
    added = {COLLECTOR} if cell.of("ServiceMonitor") else set()
    added |= {"prm-keys-backup"} if cell.of("CronJob") else set()
    return added | ({"prm-border-keys", "prm-edge", "prm-hub", "prm-tls-edge"} if has_edge(cell) else set())
