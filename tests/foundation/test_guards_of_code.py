"""Guards of the lowest floor that every face relies on."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from foundation.errors import FormAlreadyUsed
from foundation.form_tokens import new_form_token, once
from foundation.models import User
from foundation.staff import staff_page

pytestmark = pytest.mark.django_db


def test_a_form_of_another_purpose_is_refused() -> None:
    token = new_form_token()
    with transaction.atomic(), once(token=token, purpose="adjust", content=[1]) as use:
        use.result = "1"

    with pytest.raises(FormAlreadyUsed), transaction.atomic():
        once(token=token, purpose="exchange", content=[1]).__enter__()


def test_a_page_of_staff_is_kept_by_no_cache(rf: RequestFactory, olga: User) -> None:
    @staff_page("business.view_features")
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("for staff")

    request = rf.get("/")
    request.user = olga

    assert page(request).headers["Cache-Control"] == "no-store, private"
