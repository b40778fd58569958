"""What a service does with the data of a person, besides handing it out and erasing it."""

from enum import Enum


class MeasureAct(Enum):
    """What is done; prm.common.v1.MeasureAct describes each."""

    RECTIFY = "RECTIFY"
    RESTRICT = "RESTRICT"
    RELEASE = "RELEASE"
