"""How a campaign's pairs and answers lie in Label Studio's JSON. Pure.

A task is a pair; its `data` is what Label Studio shows: the two records. An annotation is an answer, each part of it
one `result` of a control of the labelling interface. Label Studio asks for annotators by the e-mail addresses of its
own accounts and dates answers itself; so who answered is a text of its own, and what Label Studio has no place for
(when, the model columns, similarities ...) travels in `meta`, which it keeps and does not show. A pair that somebody
skipped has an annotation that was cancelled, as skipping there makes one; why is in its `meta`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from annotation.labels.four import DEFAULT_LABELS, LabelDraft
from annotation.vocabulary import Label

_INTERFACE = """\
<View>
  <View style="display: grid; grid-template-columns: 1fr 1fr; column-gap: 16px">
    <View>
      <Image name="a_picture" value="$a_image"/><Header value="$a_name"/><Text name="a_text" value="$a_text"/>
    </View>
    <View>
      <Image name="b_picture" value="$b_image"/><Header value="$b_name"/><Text name="b_text" value="$b_text"/>
    </View>
  </View>
  <Choices name="label" toName="a_text" choice="single" showInline="true">
{choices}
  </Choices>
  <TextArea name="finer" toName="a_text" placeholder="Finer label"/>
  <Choices name="unsure" toName="a_text" choice="multiple"><Choice value="Unsure"/></Choices>
  <Choices name="faulty" toName="a_text" choice="multiple" showInline="true">
    <Choice value="First record is broken"/>
    <Choice value="Second record is broken"/>
  </Choices>
  <TextArea name="comment" toName="a_text" placeholder="Comment"/>
  <TextArea name="annotator" toName="a_text" placeholder="Who answered" editable="false"/>
</View>
"""

LABEL_CHOICES = {label: str(Label(label).label) for label in Label.values}


def configuration(labels: Sequence[LabelDraft] = DEFAULT_LABELS) -> str:
    """The labelling interface that exported tasks are read with: names of controls and of fields of `data`.

    It shows the four under the names and in the order of a campaign. What Label Studio stores is the same whatever a
    campaign calls them: the alias of a choice stands in for its name.
    """
    return _INTERFACE.format(choices="\n".join(map(_choice, labels)))


def _choice(label: LabelDraft) -> str:
    usual = LABEL_CHOICES[label.label]
    alias = "" if label.name == usual else f" alias={quoteattr(usual)}"
    return f"    <Choice value={quoteattr(label.name)}{alias}/>"


LABEL, FINER, UNSURE, FAULTY, COMMENT, ANNOTATOR = "label", "finer", "unsure", "faulty", "comment", "annotator"
TO_NAME = "a_text"
UNSURE_CHOICE = "Unsure"
FAULTY_CHOICES = {"a": "First record is broken", "b": "Second record is broken"}

META = "heritage_weaver"
# What `meta` of a task holds besides one flag per model and the figures; and what that of an answer holds.
PAIR_COLUMNS = ("pair", "comparison", "stratum_available", "simulated", "similarity_kind")
ANSWER_COLUMNS = ("submission", "created", "active_seconds", "position", "revision")

RecordKey = tuple[str, str]  # collection and record id


@dataclass(frozen=True)
class ShownRecord:
    """What Label Studio shows of a record. `image` is an address that anybody can open, or empty."""

    name: str
    text: str
    image: str
