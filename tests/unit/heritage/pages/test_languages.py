"""The attributes that say in which language and direction a text is read."""

import pytest
from django.template import Context, Template


@pytest.mark.parametrize(
    ("language", "attributes"),
    [
        ("de-CH", 'lang="de-CH" dir="auto"'),
        ("", 'dir="auto"'),
        (None, 'dir="auto"'),
        ('de"><b>', 'lang="de&quot;&gt;&lt;b&gt;" dir="auto"'),
    ],
)
def test_a_text_has_its_language_where_it_is_known_and_always_its_direction(
    language: str | None, attributes: str
) -> None:
    template = Template("{% load languages %}<p {% in_language language %}>")
    assert template.render(Context({"language": language})) == f"<p {attributes}>"
