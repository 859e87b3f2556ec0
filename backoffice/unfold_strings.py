"""Words of Unfold's templates that neither Unfold nor Django translates into Danish and Finnish.

Unfold ships no catalogues, and makemessages does not look into packages: naming them here brings
them into ours. tests/backoffice/test_unfold_strings.py compares the list with Unfold's sources.
"""

from django.utils.translation import gettext_noop as _

SHOWN = (
    _("All applications"),
    _("Apply Filters"),
    _("Cancel"),
    _("Choose file to upload"),
    _("Click to cancel"),
    _("Click to download"),
    _("Dark"),
    _("Date"),
    _("Expand row"),
    _("False"),
    _("Forgotten your password or username?"),
    _("General"),
    _("Go back"),
    _("Image preview"),
    _("Light"),
    _("Loading more results..."),
    _("More actions"),
    _("Next"),
    _("No data"),
    _("No recent searches"),
    _("No results found"),
    _("No results matching your query"),
    _("Previous"),
    _("Recent searches"),
    _("Record picture"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Search apps and models..."),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select currency"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("System"),
    _("This item will be deleted."),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("Welcome"),
    _("Welcome back to"),
)

# Of features that the panel does not use: datasets, nested inlines, Unfold's own user forms.
NOT_SHOWN = (
    "After you've created a user, you’ll be able to edit more user options.",
    "Dataset not found. No action performed.",
    (
        "Raw passwords are not stored, so there is no way to see this user’s password, but you "
        'can change the password using <a href="{}" class="text-primary-600 '
        'dark:text-primary-500">this form</a>.'
    ),
    "You can not create nested object without parent",
    "You have been successfully logged out from the administration",
)
