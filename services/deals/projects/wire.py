"""Protobuf to commands, projects and their orders to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.projects import usecases
from services.deals.projects.domain import Project, ProjectOrder

GET = Mapper(usecases.GetProject, pb.GetProjectRequest)
LIST = Mapper(usecases.ListProjectOrders, pb.ListProjectOrdersRequest)
PROJECT = Mapper(Project, pb.Project)
_ORDER = Mapper(ProjectOrder, pb.ProjectOrder)


def orders(page: usecases.Orders) -> pb.ListProjectOrdersResponse:
    """A page of orders to protobuf."""
    rows = [_ORDER.encode(one) for one in page.found]
    return pb.ListProjectOrdersResponse(orders=rows, next_page_token=page.next_page_token)
