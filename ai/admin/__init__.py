"""What staff see of the models: the ledger, what it cost, what is switched off.

Ideas, conversations and voice profiles are left out: what creators say to the models is theirs, and
no work of staff needs it. For the same reason the words of a chat are not shown with its
generation, nobody searches the ledger by what people wrote, and no export has their words.
"""

from ai.admin.calls import ProviderCallAdmin
from ai.admin.generations import GenerationAdmin
from ai.admin.periods import UsagePeriodAdmin
from ai.admin.producers import ProducerAdmin
from ai.admin.switches import ModelSwitchAdmin

__all__ = [
    "GenerationAdmin",
    "ModelSwitchAdmin",
    "ProducerAdmin",
    "ProviderCallAdmin",
    "UsagePeriodAdmin",
]
