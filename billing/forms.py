"""What a page sends about a plan."""

from typing import Any

from django import forms

from billing.models import Interval
from billing.plans import PlanName

SOLD = [(plan.value, plan.label) for plan in (PlanName.PRO, PlanName.ENTERPRISE)]
YES_OR_NO = [("1", ""), ("0", "")]


class PurchaseForm(forms.Form):
    """What is to be bought. Prices are ours to name, so none is read."""

    plan: Any = forms.TypedChoiceField(choices=SOLD, coerce=PlanName)
    interval = forms.ChoiceField(choices=Interval.choices)


class PortalForm(forms.Form):
    """The plan that is to be changed to; none leads to the portal itself."""

    plan: Any = forms.TypedChoiceField(
        choices=SOLD, coerce=PlanName, required=False, empty_value=None
    )
    interval = forms.ChoiceField(choices=Interval.choices, required=False)

    def clean_interval(self) -> str:
        """Monthly, unless it says otherwise."""
        return self.cleaned_data["interval"] or str(Interval.MONTH.value)


class EndingForm(forms.Form):
    """Whether the subscription ends with its period."""

    is_ending: Any = forms.TypedChoiceField(choices=YES_OR_NO, coerce=lambda text: text == "1")
