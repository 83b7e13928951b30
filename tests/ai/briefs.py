"""Briefs of all kinds, for the tests of what is pure."""

from hypothesis import strategies as st

from ai.brief import Brief, Language, Length, Platform, Quality, Tone
from content.models import Content

briefs = st.builds(
    Brief,
    prompt=st.text(min_size=1, max_size=400),
    type=st.sampled_from(Content.Type.values),
    tone=st.sampled_from(Tone.values),
    length=st.sampled_from(Length.values),
    language=st.sampled_from(Language.values),
    platform=st.sampled_from(Platform.values),
    quality=st.sampled_from(Quality.values),
)
