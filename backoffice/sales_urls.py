"""Addresses under /admin/sales/. ``<int:pk>``: the admin's own pages live there too."""

from django.urls import path

from backoffice import sales, sales_refund

urlpatterns = [
    path("", sales.sale_list, name="sales"),
    path("<int:pk>/", sales.sale_page, name="sale"),
    path("<int:pk>/receipt/", sales.send, name="sale-receipt"),
    path("<int:pk>/refund/", sales_refund.refund, name="sale-refund"),
]
