"""What can be booked, and who performs it."""

from catalogue.models.add_ons import AddOn, AddOnService
from catalogue.models.products import Product
from catalogue.models.providers import (
    WEEKDAYS,
    DateHours,
    Provider,
    ServiceProvider,
    WorkingHours,
)
from catalogue.models.resources import Resource, ResourceKind, ServiceResource
from catalogue.models.services import (
    AppointmentService,
    Category,
    ClassService,
    Service,
    ServiceKind,
)

__all__ = [
    "WEEKDAYS",
    "AddOn",
    "AddOnService",
    "AppointmentService",
    "Category",
    "ClassService",
    "DateHours",
    "Product",
    "Provider",
    "Resource",
    "ResourceKind",
    "Service",
    "ServiceKind",
    "ServiceProvider",
    "ServiceResource",
    "WorkingHours",
]
