"""The rows: the ledger, who writes it, what steers the models, what creators keep here."""

from ai.models.call import ProviderCall
from ai.models.chat import ChatMessage, Conversation
from ai.models.feedback import Feedback
from ai.models.generation import Generation
from ai.models.idea import Idea
from ai.models.producer import Producer
from ai.models.switch import ModelSwitch
from ai.models.usage import UsagePeriod
from ai.models.voice import VoiceProfile

__all__ = [
    "ChatMessage",
    "Conversation",
    "Feedback",
    "Generation",
    "Idea",
    "ModelSwitch",
    "Producer",
    "ProviderCall",
    "UsagePeriod",
    "VoiceProfile",
]
